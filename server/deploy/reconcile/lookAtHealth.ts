import type { ContainerRow, ContainerState, Engine } from '../engine/types.ts';
import { kindOf } from '../kinds/index.ts';
import { probeOnce, probeTarget } from '../probe.ts';
import type { DeploymentRecord } from '../records.ts';
import type { Finding } from './observations.ts';
import type { Picture } from './picture.ts';

type ReplicaFinding = { readonly kind: 'well' } | { readonly kind: 'starting' | 'paused' | 'gone' | 'failing'; readonly message: string };

/** At most so many probes at once. */
const together = 16;

/**
 * How the live releases of an engine are, one probe for each replica that runs. Messages are made here and hold nothing of what containers
 * said: that may be secret.
 */
export async function lookAtHealth(engine: Engine, picture: Picture, signal: AbortSignal): Promise<Map<string, Finding>> {
  const { containers, others } = picture;
  // Of what could not be looked at nothing is said.
  const live = picture.live.filter(({ id, config }) => kindOf(config.service).look === undefined || others.has(id));
  const tasks = live.flatMap((record) => {
    const mine = containers.filter(({ deployment, role, ours }) => ours && role === 'service' && deployment === record.id);
    return Array.from({ length: record.config.service.replicas }, (_, replica) => ({
      record,
      row: mine.find((each) => each.replica === replica)?.row,
    }));
  });
  const found = new Map<DeploymentRecord, ReplicaFinding[]>(live.map((record) => [record, []]));
  const queue = tasks.values();
  const work = async () => {
    for (const { record, row } of queue) found.get(record)?.push(await lookAt(engine, record, row, signal));
  };
  await Promise.all(Array.from({ length: Math.min(together, tasks.length) }, work));
  return new Map([...found].map(([record, replicas]) => [record.id, findingOf(record, others.get(record.id)?.finding, replicas)]));
}

async function lookAt(
  engine: Engine,
  record: DeploymentRecord,
  row: ContainerRow | undefined,
  signal: AbortSignal,
): Promise<ReplicaFinding> {
  if (row === undefined) return { kind: 'gone', message: 'Its container is gone.' };
  switch (row.state) {
    case 'running':
      return probe(engine, record, row, signal);
    case 'restarting':
      return { kind: 'starting', message: 'It has ended and is being restarted.' };
    case 'created':
      return { kind: 'starting', message: 'Its container is not started yet.' };
    case 'paused':
      return { kind: 'paused', message: 'Its container is paused.' };
    default:
      return { kind: 'gone', message: 'Its container has stopped.' };
  }
}

async function probe(engine: Engine, record: DeploymentRecord, row: ContainerRow, signal: AbortSignal): Promise<ReplicaFinding> {
  const target = probeTarget(record);
  const { kind } = target.health.probe;
  if (kind === 'container') return ofHealthcheck(row);
  // Only a command needs more than the engine's network, and what does not reach it has said nothing about the service.
  if (kind !== 'command' && engine.reach !== 'containers') return ofHealthcheck(row);
  const { ok, status } = await probeOnce(engine, inspected(row), target, signal);
  if (ok) return { kind: 'well' };
  if (kind === 'command')
    return {
      kind: 'failing',
      message: status === undefined ? 'Its health command does not end.' : `Its health command ends with ${status}.`,
    };
  const what = target.health.probe.kind === 'http' ? target.health.probe.path : `port ${target.port}`;
  return { kind: 'failing', message: status === undefined ? `It does not answer (${what}).` : `It answers ${status} (${what}).` };
}

function ofHealthcheck({ health }: ContainerRow): ReplicaFinding {
  if (health === 'unhealthy') return { kind: 'failing', message: "Its image's own health check fails." };
  return health === 'starting' ? { kind: 'starting', message: 'It is starting.' } : { kind: 'well' };
}

/** What a probe needs of a container is in the list already. */
function inspected(row: ContainerRow): ContainerState {
  return { ...row, imageId: '', started: undefined, exitCode: undefined, restarts: 0, outOfMemory: false, healthLog: [] };
}

function findingOf(record: DeploymentRecord, other: Finding | undefined, replicas: readonly ReplicaFinding[]): Finding {
  if (record.stopped !== null) return { kind: 'paused', message: 'It was stopped on purpose.' };
  return other ?? ofReplicas(record, replicas);
}

/** A release is as its worst replica, but not down as long as one is well. */
function ofReplicas(record: DeploymentRecord, replicas: readonly ReplicaFinding[]): Finding {
  const bad = replicas.filter((each) => each.kind !== 'well');
  const [first] = (['gone', 'failing', 'starting', 'paused'] as const).flatMap((kind) => bad.find((each) => each.kind === kind) ?? []);
  if (first === undefined) return { kind: 'well' };
  const { kind } = first;
  const partly = bad.length < replicas.length;
  const message = partly ? `${bad.length} of ${replicas.length} replicas: ${lower(first.message)}` : first.message;
  if (partly && (kind === 'gone' || kind === 'failing')) return { kind: 'failing', message, partly };
  if (record.crashLoop && kind !== 'paused' && !partly)
    return { kind: 'gone', message: 'It crashed too often; it is not started any more.' };
  return kind === 'failing' ? { kind, message, partly } : { kind, message };
}

const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
