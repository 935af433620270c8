import type { ComposeModel } from '../../compose/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { Session } from '../../rpc/session.ts';
import type { SwarmInfo } from '../engine/swarmTypes.ts';
import type { Engine } from '../engine/types.ts';
import { label } from '../labels.ts';
import type { Operation } from '../operation.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { specKey } from '../specHash.ts';
import { type Application, applyServices } from './apply.ts';
import { configFiles, readStack } from './compose.ts';
import { imageOf } from './images.ts';
import { stackNameOf } from './names.ts';
import { type ReleaseImage, releaseOf, releaseStep, type StackRelease } from './release.ts';
import { activeOf, translate, variableOf } from './translate.ts';
import { secretsOf } from './values.ts';
import { converge } from './wait.ts';

const longestBuild = 3_600_000;
const longestWave = 3_600_000;

/** Gets the compose file of the commit and the images of its services; of a rollback, what was kept of that release. */
export async function obtainStack(operation: Operation): Promise<void> {
  await operation.enter('building');
  await operation.step(
    releaseStep,
    async (signal) => ({
      release: operation.record.rollbackTo === null ? await readRelease(operation, signal) : await keptRelease(operation, signal),
    }),
    { within: longestBuild },
  );
  operation.tell(null);
}

async function managedSwarm(engine: Engine, signal: AbortSignal): Promise<SwarmInfo> {
  const swarm = await engine.swarm(signal);
  if (swarm !== undefined) return swarm;
  throw new Failure('precondition', `The engine at ${engine.address} manages no Swarm, which stacks need.`, {
    hint: 'Run `docker swarm init` there, or name a manager as `docker:` of the environment.',
  });
}

async function readRelease(operation: Operation, signal: AbortSignal): Promise<StackRelease> {
  const { parts, record, values } = operation;
  const { service, environment } = record.config;
  const { stack } = service;
  if (stack === undefined) throw new Failure('internal', `${service.name} names no compose file.`);
  const { repository } = await parts.repositories.containing(record.repository, new Session(true, 'hub'));
  const engine = await operation.engine(signal);
  const swarm = await managedSwarm(engine, signal);
  const question = { repository, commit: record.commit, stack, values, signal };
  const { model, problems } = await readStack(question);
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong !== undefined)
    throw new Failure('invalid', `${wrong.file}:${wrong.line}: ${wrong.message}`, { hint: '`hearth compose show` lists all mistakes.' });
  const files = await configFiles(question, model);
  const images = new Map<string, ReleaseImage>();
  const names = values.filter(({ secret }) => secret).map(({ name }) => name);
  for (const each of activeOf(model)) {
    const get = () =>
      imageOf(
        {
          ...{ engine, repository, project: record.config.project, projectId: record.project, owner: operation.owner },
          ...{ commit: record.commit, service, registry: environment.registry, secrets: buildSecrets(model, operation, names), signal },
          labels: {
            [label.managed]: '1',
            [label.owner]: operation.owner,
            [label.projectId]: record.project,
            [label.service]: record.service,
          },
          redact: (text) => operation.redactor.redact(text),
          log: operation.log.add.bind(operation.log),
          progress: (text) => operation.tell(text),
        },
        each,
      );
    const waits = () => operation.tell('waiting for another build');
    images.set(each.name, each.build === undefined ? await get() : await parts.builds.run(get, signal, waits));
  }
  const around = { stack: stackNameOf(record), healthyFor: service.health.healthyFor, ...swarm, secrets: names };
  return translate(model, { ...around, images, files });
}

/** What a build mounts, by the name of the compose file's secret. */
function buildSecrets(model: ComposeModel, { values }: Operation, names: readonly string[]): Record<string, string> {
  const known = secretsOf(values);
  return Object.fromEntries(
    model.secrets.flatMap((secret) => {
      const value = known.get(variableOf(secret, names) ?? '');
      return value === undefined ? [] : [[secret.key, value]];
    }),
  );
}

async function keptRelease(operation: Operation, signal: AbortSignal): Promise<StackRelease> {
  const { parts, record } = operation;
  const release = await parts.store.read((reader) => {
    const target = readDeployment(reader, record.rollbackTo ?? '');
    return target === undefined ? undefined : releaseOf(reader, target);
  });
  const problem = await releaseProblem(operation.parts, record, release, signal);
  if (problem !== undefined || release === undefined) throw problem ?? gone(record);
  operation.say(`The stack ${release.name} as ${record.rollbackTo} had it; variables are as they were then, secrets as they are now.`);
  return release;
}

/** Why a kept release cannot be made again: an image that only this engine had may be gone. */
export async function releaseProblem(
  parts: Operation['parts'],
  record: DeploymentRecord,
  release: StackRelease | undefined,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  if (release === undefined) return gone(record);
  const engine = await parts.engine(record.engine, signal);
  if ((await engine.swarm(signal)) === undefined)
    return new Failure('precondition', `The engine at ${engine.address} manages no Swarm any more.`, { hint: 'Stacks need one.' });
  for (const { image } of release.services) {
    if (image.local && (await engine.inspectImage(image.reference, signal)) === undefined) {
      return new Failure('precondition', `The image ${image.readable} of ${record.id.slice(0, 12)} is not there any more.`, again(record));
    }
  }
  return undefined;
}

function gone(record: DeploymentRecord): Failure {
  return new Failure('precondition', `Of ${(record.rollbackTo ?? record.id).slice(0, 12)} nothing is kept to go back to.`, again(record));
}

const again = ({ environment, commit }: DeploymentRecord) => ({
  hint: `Deploy its commit again: \`hearth deploy run ${environment} --rev ${commit.slice(0, 12)}\`.`,
});

/** The release of a deployment under way. */
export function releaseOfOperation(operation: Operation): StackRelease | undefined {
  const step = operation.stepOf(releaseStep);
  return step?.state === 'done' ? (step.evidence as { release: StackRelease }).release : undefined;
}

async function applicationOf(operation: Operation, release: StackRelease, signal: AbortSignal): Promise<Application> {
  const { record, parts, values } = operation;
  const previous = await operation.previous();
  const restart = record.rollbackTo === null && previous?.specHash === record.specHash ? 'all' : 'once';
  return { maker: await operation.maker(signal), record, release, values: secretsOf(values), key: await specKey(parts.store), restart };
}

/** Wave after wave: makes or changes its services, and waits until they run. All of them together must keep running in the end. */
export async function bringUpStack(operation: Operation): Promise<void> {
  const release = releaseOfOperation(operation);
  if (release === undefined) throw new Failure('internal', 'There is no release to deploy.');
  await operation.enter('deploying');
  const { health } = operation.record.config.service;
  const quick = operation.record.rollbackTo !== null;
  const tell = (text: string) => operation.tell(operation.redactor.redact(text));
  const patience = { deadline: health.deadline, delays: true, interval: Math.min(health.interval, 500), tell };
  for (const [index, names] of release.waves.entries()) {
    await operation.step(`wave-${index}`, async (signal) => {
      const done = await applyServices(await applicationOf(operation, release, signal), names, signal);
      for (const [name, { what }] of done) operation.say(`${name}: ${what}.`);
      return { done: Object.fromEntries(done) };
    });
    if (index === release.waves.length - 1) break;
    await operation.step(
      `ran-${index}`,
      async (signal) =>
        converge(await operation.maker(signal), operation.record, release, names, { ...patience, stable: 0, whole: false }, signal),
      { within: longestWave },
    );
  }
  await operation.enter('health-check');
  const names = release.services.map(({ name }) => name);
  const { milliseconds } = await operation.step(
    'converged',
    async (signal) => {
      const stable = quick ? Math.min(health.healthyFor, 1000) : health.healthyFor;
      return converge(await operation.maker(signal), operation.record, release, names, { ...patience, stable, whole: true }, signal);
    },
    { within: longestWave },
  );
  operation.tell(null);
  operation.say(`All services of ${release.name} run the new version (${(milliseconds / 1000).toFixed(1)} s).`);
}
