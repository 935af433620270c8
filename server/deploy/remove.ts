import { asFailure, Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import { type Maker, networkOf } from './containers.ts';
import { faultPoint } from './faultPoint.ts';
import { refuseForeign } from './foreign.ts';
import { noteStep, removeService } from './journal.ts';
import { kindOf } from './kinds/index.ts';
import { isOurs } from './labels.ts';
import { volumeName } from './names.ts';
import type { Parts } from './parts.ts';
import { type DeploymentRecord, liveDeployments, readDeployment, runningDeployments } from './records.ts';
import { ownVolumes } from './stack/mounts.ts';
import { releaseOf } from './stack/release.ts';

interface Place {
  readonly project: string;
  readonly environment: string;
}

/** Takes services down: first it is written that they shall not run, then it is made so. Answers the volumes that stay. */
export async function removeServices(
  parts: Parts,
  { project, environment }: Place,
  services: readonly string[] | undefined,
  context: Context<never>,
): Promise<{ removed: string[]; volumes: string[] }> {
  await finishRemovals(parts);
  const { live, running } = await parts.store.read((reader) => ({
    live: liveDeployments(reader, project).filter((each) => each.environment === environment),
    running: runningDeployments(reader, project).filter((each) => each.environment === environment),
  }));
  const wanted = live.filter(({ service }) => services === undefined || services.includes(service));
  const missing = services?.find((name) => !live.some(({ service }) => service === name));
  if (missing !== undefined)
    throw new Failure('not-found', `${missing} is not live in ${environment}.`, { hint: '`hearth deploy status` shows what is.' });
  const busy = running.find(({ service }) => services === undefined || services.includes(service));
  if (busy !== undefined) {
    throw new Failure('conflict', `A deployment of ${busy.service} to ${environment} is on its way.`, {
      hint: `Cancel it first: \`hearth deploy cancel ${busy.id.slice(0, 12)}\`.`,
    });
  }
  // An engine that does not answer, or has somebody else's there, is said before anything is written.
  for (const record of new Map(wanted.map((each) => [each.engine, each])).values()) await refuseForeign(parts, record, context.signal);
  const records = await parts.store.write(authorOf(context), (transaction) =>
    wanted.flatMap(({ service }) => {
      const removed = removeService(transaction, { project, environment, service });
      return removed === undefined ? [] : (readDeployment(transaction, removed.id) ?? []);
    }),
  );
  faultPoint('remove intent');
  for (const record of records) await takeDown(parts, record);
  const releases = await parts.store.read((reader) => records.map((record) => releaseOf(reader, record)));
  const volumes = records.flatMap(({ projectName, config }, index) => [
    ...config.service.volumes.map(({ source }) => volumeName({ project: projectName, environment }, source)),
    ...ownVolumes(releases[index]),
  ]);
  return { removed: records.map(({ service }) => service), volumes: [...new Set(volumes)].sort() };
}

/** Takes up what a hub before this one has begun. Problems are logged: the reconciler removes what is left. */
export async function finishRemovals(parts: Parts): Promise<void> {
  const open = await parts.store.read((reader) =>
    reader
      .all<{ id: string }>(
        `select id from deployments where state = 'removed'
        and (select state from deployment_steps where deployment = id and step = 'remove' order by n desc limit 1) = 'intent'`,
      )
      .flatMap(({ id }) => readDeployment(reader, id) ?? []),
  );
  for (const record of open) {
    try {
      await takeDown(parts, record);
    } catch (error) {
      parts.log('warn', 'a removed service is still there', { deployment: record.id, error: asFailure(error).message });
    }
  }
}

/** Goes on when the one who asked is gone: half a service is no service. */
async function takeDown(parts: Parts, record: DeploymentRecord): Promise<void> {
  const signal = AbortSignal.timeout(300_000);
  const maker: Maker = { engine: await parts.engine(record.engine, signal), owner: await parts.owner(), fence: parts.fence.number };
  await kindOf(record.config.service).takeDown(maker, record, parts, signal);
  faultPoint('remove acted');
  await removeNetwork(maker, record, signal);
  const author = { actor: 'hub', correlationId: `deployment-${record.id}` };
  await parts.store.write(author, (transaction) => noteStep(transaction, record.id, 'remove', 'done', {}));
  faultPoint('remove done');
  parts.happenings.tell({ kind: 'changed', record, progress: null });
}

/** The last one turns off the light. */
async function removeNetwork({ engine, owner }: Maker, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const name = networkOf(record);
  const found = await engine.inspectNetwork(name, signal);
  if (found === undefined || found.containers.length > 0 || !isOurs(found.labels, { owner, projectId: record.project })) return;
  try {
    await engine.removeNetwork(name, signal);
  } catch (error) {
    // Somebody has just joined it.
    if (asFailure(error).reason !== 'conflict') throw error;
  }
}
