import { Failure } from '../../rpc/failure.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import { type EnvironmentPlace, environmentLabels, label, roleOf } from '../labels.ts';

/** Says at the engine who has taken an environment over: a container that is never started. The home it was taken from forgets its releases. */
const image = 'hearth/empty:1';

const claimName = ({ project, environment }: EnvironmentPlace): string => `hearth-claim-${project}-${environment}`;

/** `rows` are the containers of the environment, anybody's: locks and claims of others go. */
export async function takeClaim(
  { engine, fence }: { engine: Engine; fence: number },
  place: EnvironmentPlace,
  rows: readonly ContainerRow[],
  signal: AbortSignal,
): Promise<void> {
  for (const { id, labels } of rows) {
    const role = roleOf(labels);
    const others = labels[label.owner] !== place.owner || labels[label.projectId] !== place.projectId;
    if (role === 'claim' || (role === 'lock' && others)) await engine.removeContainer(id, signal);
  }
  await engine.emptyImage(image, {}, signal);
  const name = claimName(place);
  const labels = { ...environmentLabels(place, fence), [label.role]: 'claim' };
  try {
    await engine.createContainer(
      { name, image, labels, command: ['claim'], variables: {}, volumes: [], networks: [], resources: {}, restart: 'no' },
      signal,
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'conflict') throw error;
    throw new Failure('conflict', `Another home takes ${place.environment} over at this moment.`, {
      hint: 'Look who it is, and try again.',
    });
  }
}
