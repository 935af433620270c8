import type { Problem } from '../protocol/config.ts';
import type { HearthConfig } from './hearthTypes.ts';

export { addressProblem } from './address.ts';
export { appliedConfig } from './applied.ts';
export { resolveEnvironment, serviceOrder } from './environments.ts';
export { foundForConfig } from './found.ts';
export { hearthOfCommit, hearthOfWorktree } from './hearthSource.ts';
export * from './hearthTypes.ts';
export { configHandlers } from './localHandlers.ts';
export { configStateHandlers } from './stateHandlers.ts';

/**
 * Reads the text of `hearth.yaml`. `config` is absent when the file has an error; `problems` may hold warnings beside it. `project` is its name
 * where the file has none.
 */
export async function parseHearthConfig(
  text: string,
  { project = 'project' } = {},
): Promise<{ config?: HearthConfig; problems: Problem[] }> {
  const { parseHearth } = await import('./hearthParser.ts');
  const { config, problems } = parseHearth(text, project);
  return { ...(config === undefined ? {} : { config }), problems: [...problems] };
}
