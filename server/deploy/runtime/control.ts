import { setTimeout as wait } from 'node:timers/promises';
import type { ResultOf } from '../../protocol/message.ts';
import * as protocol from '../../protocol/runtime.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import type { Context } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { Engine } from '../engine/types.ts';
import { refuseForeign } from '../foreign.ts';
import { probeOnce, probeTarget } from '../probe.ts';
import { tell } from '../reconcile/act.ts';
import { adoptedOf } from '../reconcile/owners.ts';
import { type DeploymentRecord, readDeployment, runningDeployments } from '../records.ts';
import { servicesOf, startStack, stopStack } from '../stack/index.ts';
import { stackNameOf } from '../stack/names.ts';
import { containersAt, liveIn, type Place, type RuntimeHost, refuseSites } from './host.ts';

type Action = 'start' | 'stop' | 'restart';
type Done = ResultOf<typeof protocol.control>['done'];

/** For everything: once it is begun, it goes on when the one who asked is gone. */
const patience = 300_000;
/** Between two looks at one that is restarted, in milliseconds. */
const lookEvery = 200;
/** Of a change that somebody else's came before. */
const tries = 6;

const said = { start: 'started', stop: 'stopped', restart: 'restarted' } as const;

/**
 * Stops, starts or restarts live services. What shall be is written first: the reconciler sees to it, whatever becomes of this hub. Rejects with
 * `precondition` without a yes, `conflict` while a deployment is on its way, `unsupported` for static sites.
 */
export async function controlServices(
  host: RuntimeHost,
  { services, action, ...place }: Place & { readonly services: readonly string[]; readonly action: Action },
  context: Context<never>,
): Promise<Done> {
  const records = await liveIn(host, place, services);
  refuseSites(records, services, `it cannot be ${said[action]}`);
  if (action !== 'start' && !context.confirmed) {
    throw new Failure('precondition', protocol.control.confirm ?? '', { hint: 'Say yes to go on (`--yes` in the terminal).' });
  }
  await refuseBusy(host, place, services);
  for (const record of new Map(records.map((each) => [each.engine, each])).values()) await refuseForeign(host, record, context.signal);
  const ids = await host.store.write(authorOf(context), (transaction) => {
    // One that was replaced meanwhile is left alone.
    const live = records.flatMap(({ id }) => readDeployment(transaction, id) ?? []).filter(({ state }) => state === 'live');
    for (const record of live) {
      transaction.run("update deployments set stopped = ?2, crash_loop = 0, crashes = '[]' where id = ?1", [
        record.id,
        action === 'stop' ? (record.stopped ?? transaction.now) : null,
      ]);
      // `started` is what a deployment does.
      tell(transaction, record, action === 'start' ? 'started-again' : said[action]);
    }
    return live.map(({ id }) => id);
  });
  const changed = await host.store.read((reader) => ids.flatMap((id) => readDeployment(reader, id) ?? []));
  for (const record of changed) host.happenings.tell({ kind: 'changed', record, progress: null });
  const signal = AbortSignal.timeout(patience);
  const done = await Promise.all(
    changed.map(async (record) => ({ service: record.service, containers: await act(host, record, action, signal) })),
  );
  if (action !== 'stop') await putRight(host, changed, context, signal);
  return done;
}

async function refuseBusy({ store }: RuntimeHost, { project, environment }: Place, services: readonly string[]): Promise<void> {
  const running = await store.read((reader) => runningDeployments(reader, project));
  const busy = running.find((each) => each.environment === environment && services.includes(each.service));
  if (busy === undefined) return;
  throw new Failure('conflict', `A deployment of ${busy.service} to ${environment} is on its way.`, {
    hint: `Wait for it, or cancel it first: \`hearth deploy cancel ${busy.id.slice(0, 12)}\`.`,
  });
}

/** Answers the names of what was touched. */
async function act(host: RuntimeHost, record: DeploymentRecord, action: Action, signal: AbortSignal): Promise<string[]> {
  const engine = await host.engine(record.engine, signal);
  const rows = await containersAt(host, engine, record, signal);
  const { stopTimeout, kind } = record.config.service;
  if (kind === 'stack') {
    await controlStack(host, engine, record, action, signal);
    return rows.map(({ name }) => name);
  }
  switch (action) {
    case 'stop':
      await Promise.all(rows.map(({ id }) => engine.stopContainer(id, stopTimeout, signal)));
      break;
    case 'start':
      await Promise.all(rows.filter(({ state }) => state === 'exited').map(({ id }) => engine.startContainer(id, signal)));
      break;
    case 'restart':
      // One after the other: the others serve meanwhile.
      for (const { id, state } of rows) {
        if (state === 'running' || state === 'restarting') await engine.stopContainer(id, stopTimeout, signal);
        await engine.startContainer(id, signal);
        await becomeWell(engine, record, id, signal);
      }
      break;
  }
  return rows.map(({ name }) => name);
}

async function controlStack(host: RuntimeHost, engine: Engine, record: DeploymentRecord, action: Action, signal: AbortSignal) {
  const { store, keys, home, fence } = host;
  const adopted = await store.read((reader) => adoptedOf(reader, record.project, record.environment));
  const sight = { engine, owner: await host.owner(), adopted, fence: fence.number, store, keys, home };
  if (action === 'stop') await stopStack(sight, record, signal);
  else await startStack(sight, record, signal);
  if (action !== 'restart') return;
  for (const { id } of await servicesOf(sight, record, stackNameOf(record), signal)) await restartTasks(engine, id, signal);
}

/** By the Swarm's own rolling update. */
async function restartTasks(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  for (let left = tries; ; left--) {
    const row = await engine.inspectService(id, signal);
    if (row === undefined || !('Replicated' in row.spec.Mode || 'Global' in row.spec.Mode)) return;
    const { TaskTemplate } = row.spec;
    const spec = { ...row.spec, TaskTemplate: { ...TaskTemplate, ForceUpdate: (TaskTemplate.ForceUpdate ?? 0) + 1 } };
    try {
      await engine.updateService(id, row.version, spec, undefined, signal);
      return;
    } catch (error) {
      // Somebody else has just changed it.
      if (asFailure(error).reason !== 'conflict' || left <= 1) throw error;
    }
  }
}

/** Rejects with `timeout` when it is not within its deadline: the next replica is not touched then. */
async function becomeWell(engine: Engine, record: DeploymentRecord, id: string, signal: AbortSignal): Promise<void> {
  const target = probeTarget(record);
  const { deadline, probe } = target.health;
  if (probe.kind !== 'command' && probe.kind !== 'container' && engine.reach !== 'containers') return;
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadline)]);
  try {
    for (;;) {
      const container = await engine.inspectContainer(id, until);
      if (container === undefined || (await probeOnce(engine, container, target, until)).ok) return;
      await wait(lookEvery, undefined, { signal: until });
    }
  } catch (error) {
    if (!until.aborted || signal.aborted) throw error;
    throw new Failure('timeout', `${record.service} was restarted and is not healthy yet.`, {
      hint: `\`hearth services logs ${record.environment} ${record.service}\` shows what it says.`,
    });
  }
}

/** What start alone does not bring back: containers that are gone, networks, the route. */
async function putRight(host: RuntimeHost, records: readonly DeploymentRecord[], context: Context<never>, signal: AbortSignal) {
  const [first] = records;
  if (first === undefined) return;
  const { project, environment } = first;
  const { actions } = await host.reconciler.run({ project, environment }, signal, authorOf(context));
  // That they went down was no crash.
  await host.store.write({ actor: context.session.actor, correlationId: context.correlationId }, (transaction) => {
    for (const { id } of records) transaction.run("update deployments set crashes = '[]' where id = ? and crash_loop = 0", [id]);
  });
  const failed = actions.find(({ service, problem }) => problem !== undefined && records.some((each) => each.service === service));
  if (failed?.problem !== undefined) throw new Failure('io', `${failed.service}: ${failed.problem}`);
}
