import { resolveVariables } from '../environment/index.ts';
import type { ProjectOf } from '../project/index.ts';
import type { Deployment } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { Reader } from '../store/types.ts';
import { refuseForeign } from './foreign.ts';
import { askToCancel, enqueue, stepsOf } from './journal.ts';
import { kindOf } from './kinds/index.ts';
import { newDeploymentId, timeBehind } from './names.ts';
import type { Parts } from './parts.ts';
import { type Decision, makePlan } from './plan.ts';
import type { Queue } from './queue.ts';
import {
  type DeploymentRecord,
  deploymentOf,
  findDeployment,
  liveDeployment,
  readDeployment,
  releasesOf,
  runningDeployments,
} from './records.ts';
import { specHashOf, specKey } from './specHash.ts';
import { addressOf } from './strategy.ts';
import { variableQuestion } from './variableQuestion.ts';
import type { Wanted } from './wanted.ts';

/** What people ask of deployments. Each answers when it is durable; the queue does the work. */

/** Throws `not-found` for a repository in which nothing was ever kept. */
export async function projectId(projectOf: ProjectOf, repository: string, context: Context<never>): Promise<string> {
  const id = await projectOf.id(repository, context);
  if (id === undefined) throw new Failure('not-found', 'Nothing was deployed from here.', { hint: '`hearth deploy run` does.' });
  return id;
}

interface Started {
  readonly run: string;
  readonly deployments: Deployment[];
}

/** Rejects with `precondition` when something is in the way, or when a yes is needed and was not given. */
export async function startRun(
  parts: Parts,
  queue: Queue,
  wanted: Wanted,
  expected: string | undefined,
  context: Context<never>,
): Promise<Started> {
  if (expected !== undefined && expected !== wanted.commit) {
    throw new Failure('conflict', `The plan was for ${expected.slice(0, 12)}; by now it would be ${wanted.commit.slice(0, 12)}.`, {
      hint: 'Look at the plan again.',
    });
  }
  const { plan, decisions } = await makePlan(parts, wanted, context.signal);
  const [blocker] = plan.blockers;
  if (blocker !== undefined)
    throw refusal(
      plan.blockers.map(({ message }) => message),
      blocker.hint,
    );
  const [first] = plan.confirmations;
  if (first !== undefined && !context.confirmed)
    throw refusal(
      plan.confirmations.map(({ message }) => message),
      first.hint,
    );
  const wantedNow = decisions.filter(({ step }) => step.action !== 'unchanged');
  if (wantedNow.length === 0) {
    throw new Failure('precondition', `Everything of ${wanted.commit.slice(0, 12)} is live in ${wanted.environment.name} already.`, {
      hint: 'Name a service to start it anew.',
    });
  }
  return keep(
    parts,
    queue,
    wantedNow.map((each) => newDeployment(wanted, each)),
    context,
  );
}

function refusal(messages: readonly string[], hint: string | undefined): Failure {
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : '';
  return new Failure('precondition', `${messages[0]}${more}`, { hint, detail: messages.join('\n') });
}

type New = Omit<Parameters<typeof enqueue>[1], 'id' | 'run' | 'actor' | 'fence'>;

function newDeployment(wanted: Wanted, { config, image, specHash }: Decision): New {
  const { project, repository, commit, subject, overrides, environment } = wanted;
  const { service } = config;
  return {
    ...{ project, projectName: config.project, environment: environment.name, service: service.name, engine: environment.docker },
    ...{ repository: repository.root, commit, subject, config, overrides, specHash, image, imageId: null, digest: null, rollbackTo: null },
    url: addressOf(service, environment.routing, environment.docker),
  };
}

async function keep(parts: Parts, queue: Queue, deployments: readonly New[], context: Context<never>): Promise<Started> {
  const asked = Date.now();
  const project = deployments[0]?.project;
  const made = await parts.store.write(authorOf(context), (transaction) => {
    // In the order of asking even within one millisecond: ids are what lists are sorted by.
    const last = transaction.get<{ id: string | null }>('select max(id) as id from deployments where project = ?', [project ?? '']);
    const now = timeBehind(last?.id ?? undefined, asked);
    const run = newDeploymentId(now);
    const before = runningDeployments(transaction, project);
    const records = deployments.map((each, index) =>
      enqueue(transaction, { ...each, id: newDeploymentId(now + index), run, actor: context.session.actor, fence: parts.fence.number }),
    );
    const superseded = before.flatMap(({ id }) => readDeployment(transaction, id) ?? []).filter(({ state }) => state === 'superseded');
    return { run, records, superseded };
  });
  for (const record of [...made.records, ...made.superseded]) parts.happenings.tell({ kind: 'changed', record, progress: null });
  await queue.consider();
  return { run: made.run, deployments: made.records.map(deploymentOf) };
}

interface Service {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** Goes back to a release: the one that was live before the present one unless told. Rejects with `precondition` when it cannot be. */
export async function startRollback(
  parts: Parts,
  queue: Queue,
  key: Service,
  to: string | undefined,
  context: Context<never>,
): Promise<Started> {
  const { live, target, running } = await parts.store.read((reader) => {
    const live = liveDeployment(reader, key);
    return {
      live,
      target: to === undefined ? lastGood(reader, key, live) : wantedRelease(findDeployment(reader, key.project, to), key, live),
      running: runningDeployments(reader, key.project).find(
        (each) => each.environment === key.environment && each.service === key.service && each.state === 'running',
      ),
    };
  });
  if (running !== undefined) {
    throw new Failure('conflict', `A deployment of ${key.service} to ${key.environment} is on its way.`, {
      hint: `Cancel it first: \`hearth deploy cancel ${running.id.slice(0, 12)}\`.`,
    });
  }
  if (target === undefined) {
    throw new Failure('precondition', `There is no earlier release of ${key.service} in ${key.environment} to go back to.`, {
      hint: '`hearth deploy history` lists what was deployed.',
    });
  }
  if (live !== undefined && live.config.service.kind !== target.config.service.kind) {
    const message = `${key.service} is live as ${live.config.service.kind}; that release is ${target.config.service.kind}.`;
    throw new Failure('precondition', message, { hint: `Take it down first: \`hearth deploy remove ${key.environment} ${key.service}\`.` });
  }
  await refuseForeign(parts, target, context.signal);
  const problem = await kindOf(target.config.service).backProblem(parts, target, context.signal);
  if (problem !== undefined) throw problem;
  return keep(
    parts,
    queue,
    [{ ...target, specHash: await presentHash(parts, target), rollbackTo: target.rollbackTo ?? target.id }],
    context,
  );
}

/** It is made with variables and secrets as they are now. */
async function presentHash(parts: Parts, { project, config, overrides, commit, image, specHash }: DeploymentRecord): Promise<string> {
  const key = await specKey(parts.store);
  const { values } = await parts.store.read((reader) =>
    resolveVariables(variableQuestion(reader, parts.keys, { project, config, overrides, commit })),
  );
  return image === null ? specHash : specHashOf(key, config, image, values);
}

/**
 * The release that was live before the present one; of a present one that was gone back to, the one before that. Where the journal does not say
 * what was before (it was taken down meanwhile, or taken over), the newest earlier one.
 */
function lastGood(reader: Reader, key: Service, live: DeploymentRecord | undefined): DeploymentRecord | undefined {
  const original = (record: DeploymentRecord): DeploymentRecord =>
    (record.rollbackTo === null ? undefined : readDeployment(reader, record.rollbackTo)) ?? record;
  const releases = releasesOf(reader, key);
  let at = live === undefined ? undefined : original(live);
  // Each is older than the one before: it ends.
  while (at !== undefined) {
    const before = (stepsOf(reader, at.id).get('promote')?.evidence as { previous?: string | null } | undefined)?.previous ?? undefined;
    const previous = before === undefined ? undefined : readDeployment(reader, before);
    if (previous === undefined || previous.id >= at.id) break;
    at = original(previous);
    if (at.specHash !== live?.specHash && at.state !== 'rolled-back') return at;
  }
  return releases.find(
    ({ id, rollbackTo, specHash }) => rollbackTo === null && (at === undefined || id < at.id) && specHash !== live?.specHash,
  );
}

function wantedRelease(record: DeploymentRecord, key: Service, live: DeploymentRecord | undefined): DeploymentRecord {
  const short = record.id.slice(0, 12);
  if (record.environment !== key.environment || record.service !== key.service) {
    throw new Failure('invalid', `${short} is a deployment of ${record.service} to ${record.environment}.`, {
      hint: '`hearth deploy history` lists them.',
    });
  }
  if (record.id === live?.id)
    throw new Failure('precondition', `${short} is live.`, { hint: '`hearth deploy history` lists earlier ones.' });
  if (record.liveSince === null || record.state === 'rolled-back') {
    throw new Failure('precondition', `${short} was never live, or was not healthy then.`, {
      hint: '`hearth deploy history` lists earlier ones.',
    });
  }
  return record;
}

/** Resolves when nothing of them is left. One that has been switched to goes on; rejects with `precondition` when there is no other. */
export async function cancelDeployments(
  parts: Parts,
  queue: Queue,
  project: string,
  ids: readonly string[],
  context: Context<never>,
): Promise<Deployment[]> {
  const asked = await parts.store.write(authorOf(context), (transaction) => {
    const records = ids.map((id) => findDeployment(transaction, project, id));
    const stoppable = records.filter(({ state }) => state !== 'live');
    for (const { id } of stoppable.length > 0 ? stoppable : records) askToCancel(transaction, id);
    return { all: records.map(({ id }) => id), stoppable: stoppable.map(({ id }) => id) };
  });
  await queue.consider();
  await Promise.all(asked.stoppable.map((id) => queue.stop(id, { kind: 'cancel' })));
  const records = await parts.store.read((reader) => asked.all.flatMap((id) => readDeployment(reader, id) ?? []));
  for (const record of records) parts.happenings.tell({ kind: 'changed', record, progress: null });
  return records.map(deploymentOf);
}
