import { inTurn } from '../git/index.ts';
import * as protocol from '../protocol/environment.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { allowSecrets, scanStaged } from './secretScan.ts';

export { doctorHandlers } from './doctor/index.ts';
export { Keys } from './keys.ts';
export { bestOf } from './reach.ts';
export { Redactor } from './redactor.ts';
export { buildSecrets, type ResolvedVariable, resolveVariables, type VariableQuestion } from './resolve.ts';
export { allowSecrets, scanStaged } from './secretScan.ts';
export { storedValue, storedVariables } from './storedVariables.ts';
export { variableHandlers } from './variableHandlers.ts';

/** What of the environment domain is answered where the repository is: the secret scan. */
export function environmentHandlers({ repositories }: Services): Registration[] {
  return [
    handle(protocol.scanStaged, async ({ repository: root, indexFile }, { session, signal }) => {
      const { repository } = await repositories.containing(root, session);
      return scanStaged(repository, { indexFile, signal });
    }),
    handle(protocol.allowSecret, async ({ repository: root, ...what }, { session, signal }) => {
      const { repository } = await repositories.containing(root, session);
      return inTurn(repository, () => allowSecrets(repository, { ...what, signal }));
    }),
  ];
}
