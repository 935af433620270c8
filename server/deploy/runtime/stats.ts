import { setTimeout as wait } from 'node:timers/promises';
import type { ResourceRow } from '../../protocol/runtime.ts';
import type { Context } from '../../rpc/router.ts';
import type { ContainerRow, ContainerSample, Engine } from '../engine/types.ts';
import type { DeploymentRecord } from '../records.ts';
import { hintsOf } from './hints.ts';
import { containersAt, liveIn, type Place, type RuntimeHost, refuseSites } from './host.ts';
import type { Samples } from './samples.ts';

type Rows = { time: number; rows: ResourceRow[] };

/** Between the two looks that the first answer takes, and between answers, in milliseconds. */
const firstPause = 500;
const pause = 2000;

interface Question extends Place {
  readonly services?: readonly string[] | undefined;
  readonly follow: boolean;
}

/** What containers use: once, or again and again until the signal fires. Rejects with `not-found` where nothing is live. */
export async function readStats(
  host: RuntimeHost,
  samples: Samples,
  { services, follow, ...place }: Question,
  { emit, signal, streaming }: Pick<Context<Rows>, 'emit' | 'signal' | 'streaming'>,
): Promise<Rows> {
  const containers = async () => {
    const records = await liveIn(host, place, services);
    refuseSites(records, services, 'nothing of it runs that could use something');
    const found = records.map(async (record) => {
      const engine = await host.engine(record.engine, signal);
      return (await containersAt(host, engine, record, signal)).map((row) => ({ engine, record, row }));
    });
    return (await Promise.all(found)).flat();
  };
  let before = await take(await containers(), signal);
  await wait(firstPause, undefined, { signal });
  for (;;) {
    const now = await take(await containers(), signal);
    const rows = await Promise.all(now.map((each) => rowOf(each, before, samples, signal)));
    const told = { time: Date.now(), rows };
    if (!follow || !streaming) return told;
    await emit(told);
    before = now;
    await wait(pause, undefined, { signal });
  }
}

interface Seen {
  readonly engine: Engine;
  readonly record: DeploymentRecord;
  readonly row: ContainerRow;
  readonly sample: ContainerSample | undefined;
}

function take(containers: readonly Omit<Seen, 'sample'>[], signal: AbortSignal): Promise<Seen[]> {
  return Promise.all(
    containers.map(async (each) => ({
      ...each,
      sample: each.row.state === 'running' ? await each.engine.sampleContainer(each.row.id, signal) : undefined,
    })),
  );
}

async function rowOf({ engine, record, row, sample }: Seen, before: readonly Seen[], samples: Samples, signal: AbortSignal) {
  const [state, limits] = await Promise.all([engine.inspectContainer(row.id, signal), engine.containerLimits(row.id, signal)]);
  const started = sample === undefined ? undefined : state?.started;
  const earlier = before.find((each) => each.row.id === row.id)?.sample;
  const cpu = sample === undefined || earlier === undefined ? undefined : cpuBetween(earlier, sample);
  if (sample !== undefined && started !== undefined) samples.add(row.id, started, sample);
  const used: Omit<ResourceRow, 'hints'> = {
    ...{ service: record.service, container: row.name, state: state?.state ?? 'gone' },
    cpu: cpu ?? null,
    memory: sample?.memory ?? null,
    limits: { cpus: limits?.cpus ?? null, memory: limits?.memory ?? null, pids: limits?.pids ?? null },
    pids: sample?.pids ?? null,
    network: sample?.network ?? null,
    block: sample?.block ?? null,
    restarts: state?.restarts ?? 0,
    started: started ?? null,
  };
  const recent = sample === undefined || started === undefined ? undefined : samples.recent(row.id, started, sample);
  return { ...used, hints: hintsOf(used, { recent, endlessLog: limits?.endlessLog === true }) };
}

/** Processors; undefined when it was started anew in between, or no time has passed. */
export function cpuBetween(before: ContainerSample, now: ContainerSample): number | undefined {
  const elapsed = now.time - before.time;
  if (elapsed <= 0 || now.cpu < before.cpu) return undefined;
  return (now.cpu - before.cpu) / 1e6 / elapsed;
}
