import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import type { Maker } from '../containers.ts';
import type { SwarmFileKind } from '../engine/swarmTypes.ts';
import type { DeploymentRecord } from '../records.ts';
import { fileKey, secretName } from './finished.ts';
import { isOfStack, isOfUs, stackLabels } from './labels.ts';
import { namespaceLabel } from './names.ts';
import type { ReleaseFile, StackRelease } from './release.ts';
import { configName } from './translate.ts';

/** Networks, configs and secrets of a stack. None is ever changed: what is other has another name. */

type Files = Map<string, { id: string; name: string }>;

interface Making {
  readonly maker: Maker;
  readonly record: DeploymentRecord;
  readonly release: StackRelease;
  readonly values: ReadonlyMap<string, string>;
  readonly key: string;
}

/** Makes what is missing. Throws `conflict` where somebody else has the name, `not-found` for an external one that is not there. */
export async function ensureObjects({ maker, record, release, values, key }: Making, signal: AbortSignal): Promise<Files> {
  const { engine } = maker;
  const labels = { ...stackLabels(maker, record), [namespaceLabel]: release.name };
  for (const network of release.networks) {
    const found = await engine.findSwarmNetwork(network.name, signal);
    if (found === undefined) await unlessMade(() => engine.createSwarmNetwork({ ...network, labels }, signal));
    else refuseOthers('network', found, maker, record);
  }
  const files: Files = new Map();
  for (const file of release.files) {
    const { name, data } = contentOf(release.name, file, values, key);
    let found = await engine.findSwarmFile(file.kind, name, signal);
    if (found === undefined && data === undefined) {
      throw new Failure('not-found', `The ${file.kind} ${name} is not at the Swarm.`, {
        hint: `It is external: \`docker ${file.kind} create ${name} FILE\`.`,
      });
    }
    if (found === undefined && data !== undefined) {
      await unlessMade(() => engine.createSwarmFile(file.kind, { name, labels, data }, signal));
      found = await engine.findSwarmFile(file.kind, name, signal);
    } else if (found !== undefined && data !== undefined) refuseOthers(file.kind, found, maker, record);
    if (found === undefined) throw new Failure('conflict', `The ${file.kind} ${name} was removed at once.`, { hint: 'Try again.' });
    files.set(fileKey(file.kind, file.key), { id: found.id, name });
  }
  return files;
}

function contentOf(
  stack: string,
  { kind, key, from }: ReleaseFile,
  values: ReadonlyMap<string, string>,
  hashKey: string,
): { name: string; data?: Uint8Array } {
  switch (from.kind) {
    case 'external':
      return { name: from.name };
    case 'data': {
      const data = Buffer.from(from.data, 'base64');
      return { name: configName(stack, key, data), data };
    }
    case 'value': {
      const value = values.get(from.variable);
      if (value === undefined) {
        throw new Failure('precondition', `The ${kind} ${key} needs ${from.variable}, which is not set.`, {
          hint: `\`hearth env set ${from.variable} --secret\` sets it.`,
        });
      }
      return { name: secretName(stack, key, value, hashKey), data: Buffer.from(value) };
    }
  }
}

function refuseOthers(
  what: string,
  { name, labels }: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  maker: Maker,
  { project }: DeploymentRecord,
): void {
  if (isOfUs(labels, maker, project)) return;
  throw new Failure('conflict', `The ${what} ${name} of ${maker.engine.info.name} belongs to somebody else.`, {
    hint: `Rename or remove that ${what}, or name another one in the compose file.`,
  });
}

/** Somebody may just have made it, or an answer was lost: it is looked for again. */
async function unlessMade(make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'conflict') throw error;
  }
}

/** A Swarm that has it not any more while a node still has says so as an error of its own. */
async function problemOf(removal: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await removal;
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.reason !== 'cancelled') return error;
    throw error;
  }
}

/** Networks are in use until the last container of a task is gone. */
const patience = 15_000;

/** Removes what is of the stack and not of `kept`. What is still in use stays for the next time. Answers the names. */
export async function removeObjects(
  maker: Maker,
  record: DeploymentRecord,
  stack: string,
  kept: { readonly release: StackRelease; readonly files: ReadonlyMap<string, { readonly id: string }> } | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const { engine } = maker;
  const removed: string[] = [];
  const ours = { [namespaceLabel]: stack };
  const networks = (await engine.listSwarmNetworks(ours, signal)).filter(
    ({ name, labels }) => isOfStack(labels, maker, record) && !kept?.release.networks.some((each) => each.name === name),
  );
  const end = performance.now() + patience;
  for (const { id, name } of networks) {
    // A node still has it for a moment when the Swarm has not any more.
    for (;;) {
      const problem = await problemOf(engine.removeSwarmNetwork(id, signal));
      if ((await engine.findSwarmNetwork(name, signal)) === undefined) {
        removed.push(name);
        break;
      }
      if (performance.now() > end) {
        if (problem !== undefined) throw problem;
        break;
      }
      await wait(200, undefined, { signal });
    }
  }
  const keptIds = new Set([...(kept?.files.values() ?? [])].map(({ id }) => id));
  for (const kind of ['config', 'secret'] as const satisfies readonly SwarmFileKind[]) {
    for (const { id, name, labels } of await engine.listSwarmFiles(kind, ours, signal)) {
      if (keptIds.has(id) || !isOfStack(labels, maker, record)) continue;
      if (await engine.removeSwarmFile(kind, id, signal)) removed.push(name);
    }
  }
  return removed;
}
