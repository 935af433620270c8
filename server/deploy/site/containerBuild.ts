import { asFailure, Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { readyImage } from '../build/index.ts';
import { containerLabels, networkOf, removeContainersOf } from '../containers.ts';
import { containerName } from '../names.ts';
import type { Operation } from '../operation.ts';

/** Where the copy of the commit is in the container. */
const target = '/work';

/**
 * Runs the build of a site in a one-off container that has the copy of the commit, as the user of this process. Nothing of it is left when this
 * settles. Rejects with `precondition` (it failed), `timeout`.
 */
export async function buildInContainer(
  operation: Operation,
  { image, run, timeout, folder }: { image: string; run: readonly string[]; timeout: number; folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { record, values } = operation;
  const maker = await operation.maker(signal);
  const { engine } = maker;
  const log = operation.log.add.bind(operation.log);
  const ready = await readyImage({ engine, reference: image, log, signal });
  const { projectName: project, environment, service, id: deployment } = record;
  const limit = AbortSignal.timeout(timeout);
  const until = AbortSignal.any([signal, limit]);
  try {
    const id = await engine.createContainer(
      {
        name: containerName({ project, environment, service, id: deployment }, 'build'),
        image: ready.id,
        labels: containerLabels(maker, record, 'hook', 0),
        entrypoint: run.slice(0, 1),
        command: run.slice(1),
        user: userOf(engine.address),
        workingDirectory: target,
        // Its user may have no home in the image.
        variables: { HOME: '/tmp', ...variablesOf(values) },
        volumes: [],
        binds: [{ folder, target }],
        networks: [{ name: networkOf(record), aliases: [] }],
        resources: {},
        restart: 'no',
      },
      until,
    );
    const files = values.filter(({ as }) => as === 'file');
    const data = files.map(({ name, value }) => ({ path: `/run/secrets/${name}`, mode: 0o444, data: Buffer.from(value) }));
    if (data.length > 0) await engine.putFiles(id, data, until);
    await engine.startContainer(id, until);
    const output = engine.containerLog(id, { follow: true }, (line) => log('build', line), until);
    const [exitCode] = await Promise.all([engine.waitContainer(id, until), output.catch(() => {})]);
    if (exitCode !== 0) {
      throw new Failure('precondition', `The build of ${service} ended with code ${exitCode}.`, { hint: 'What it said is in the log.' });
    }
  } catch (error) {
    throwIfCancelled(signal);
    if (!limit.aborted) throw error;
    throw new Failure('timeout', `The build of ${service} took longer than ${Math.round(timeout / 1000)} s and was stopped.`, {
      hint: 'Give it more time with `build.timeout`.',
      cause: error,
    });
  } finally {
    await removeContainersOf(maker, record, AbortSignal.timeout(30_000), 'hook', 0).catch((error: unknown) => {
      // It is removed with the rest, or by the reconciler.
      operation.say(`The container of the build is still there: ${asFailure(error).message}`);
    });
  }
}

/** Who owns the copy. In a rootless engine, whose socket is the user's own, that user is root inside. */
function userOf(address: string): string {
  if (address.startsWith('unix:///run/user/')) return '0:0';
  return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}

export function variablesOf(values: Operation['values']): Record<string, string> {
  return Object.fromEntries(values.filter(({ as }) => as === 'variable').map(({ name, value }) => [name, value]));
}
