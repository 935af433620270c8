import { buildSecrets } from '../../environment/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { Session } from '../../rpc/session.ts';
import { buildImage, pushed, readyImage } from '../build/index.ts';
import { keepImage } from '../journal.ts';
import { label } from '../labels.ts';
import type { Operation } from '../operation.ts';
import { variableQuestion } from '../variableQuestion.ts';

/** `reused`: nothing was built, it was there. */
type Image = { readonly image: string; readonly imageId: string; readonly digest: string | null; readonly reused?: boolean };

const longestBuild = 3_600_000;

/** Gets the image: of a rollback the kept one, a ready one, or one built from the commit. */
export async function obtainImage(operation: Operation): Promise<void> {
  await operation.enter('building');
  await operation.step('image', (signal) => imageOf(operation, signal), {
    within: longestBuild,
    also: (transaction, image) => keepImage(transaction, operation.record.id, image),
  });
  operation.tell(null);
}

function imageOf(operation: Operation, signal: AbortSignal): Promise<Image> {
  const { record } = operation;
  if (record.rollbackTo !== null) return keptImage(operation, signal);
  const { source } = record.config.service;
  return source.kind === 'image' ? pulledImage(operation, source.image, signal) : builtImage(operation, signal);
}

async function keptImage(operation: Operation, signal: AbortSignal): Promise<Image> {
  const { image, imageId, digest, rollbackTo } = operation.record;
  const engine = await operation.engine(signal);
  const found = imageId === null ? undefined : await engine.inspectImage(imageId, signal);
  if (found !== undefined && image !== null) {
    operation.say(`The image ${image} of ${rollbackTo} is still there.`);
    return { image, imageId: found.id, digest };
  }
  // One that came from a registry comes from there again, the very same.
  if (digest !== null && image !== null) {
    const log = operation.log.add.bind(operation.log);
    const pulled = await readyImage({ engine, reference: image, log, signal });
    return { image, imageId: pulled.id, digest };
  }
  throw new Failure('precondition', `The image of ${rollbackTo ?? 'that release'} is not there any more.`, {
    hint: `Deploy its commit again: it is built anew (\`hearth deploy run ${operation.record.environment} --rev ${operation.record.commit.slice(0, 12)}\`).`,
  });
}

async function pulledImage(operation: Operation, reference: string, signal: AbortSignal): Promise<Image> {
  operation.tell(`getting ${reference}`);
  const log = operation.log.add.bind(operation.log);
  const ready = await readyImage({ engine: await operation.engine(signal), reference, log, signal });
  // Without a digest it is known by its name here, and made from by its id.
  return { image: ready.digest === undefined ? reference : ready.reference, imageId: ready.id, digest: ready.digest ?? null };
}

async function builtImage(operation: Operation, signal: AbortSignal): Promise<Image> {
  const { parts } = operation;
  const waits = () => {
    operation.say('Waiting for another build to end.');
    operation.tell('waiting for another build');
  };
  return parts.builds.run(() => build(operation, signal), signal, waits);
}

async function build(operation: Operation, signal: AbortSignal): Promise<Image> {
  const { parts, record } = operation;
  const { service, environment } = record.config;
  const tag = record.image;
  if (tag === null) throw new Failure('internal', 'The image has no tag.');
  const { values: secrets, problems } = await parts.store.read((reader) => buildSecrets(variableQuestion(reader, parts.keys, record)));
  if (problems.length > 0) throw new Failure('precondition', problems.join(' '), { hint: '`hearth env list` shows what is set.' });
  operation.maskAlso(Object.values(secrets));
  // Whoever asked for it was trusted with the repository: that is what `deploy/run` needs.
  const { repository } = await parts.repositories.containing(record.repository, new Session(true, 'hub'));
  const engine = await operation.engine(signal);
  operation.tell(`building ${service.name}`);
  const log = operation.log.add.bind(operation.log);
  const built = await buildImage({
    engine,
    repository,
    commit: record.commit,
    service,
    tag,
    // Each label is a step of the engine's own builder: only what finds them again.
    labels: {
      [label.managed]: '1',
      [label.owner]: operation.owner,
      [label.projectId]: record.project,
      [label.service]: record.service,
    },
    secrets,
    redact: (text) => operation.redactor.redact(text),
    log,
    progress: (text) => operation.tell(text),
    signal,
  });
  const { reused } = built;
  if (environment.registry === undefined) return { image: tag, imageId: built.id, digest: null, reused };
  operation.tell(`pushing ${service.name}`);
  const there = await pushed({ engine, tag, registry: environment.registry, log, signal });
  return { image: there.reference, imageId: built.id, digest: there.digest, reused };
}
