import { createHash } from 'node:crypto';
import type { Service } from '../../config/hearthTypes.ts';
import type { Repository } from '../../git/index.ts';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { parseReference } from '../engine/reference.ts';
import type { Engine, Labels, LogSink } from '../engine/types.ts';
import { contextFolders, contextOf, otherDockerfile } from './context.ts';
import { needsBuildKit } from './dockerfile.ts';
import { labelled } from './labelled.ts';

/**
 * `hearth/<project>-<service>:<first 12 of the commit>-<8 of a hash over how and for whom it is built>`: what is there under it need not be built
 * again. Another owner on the same engine has other tags: nobody takes an image from under the other.
 */
export function buildTag(
  project: string,
  service: Service,
  commit: string,
  { owner, projectId }: { owner: string; projectId: string },
): string {
  if (service.source.kind !== 'build') throw new Failure('invalid', `${service.name} is not built: it has a ready image.`);
  const { paths: _, ...build } = service.source.build;
  const hash = createHash('sha256').update(canonical({ build, owner, projectId })).digest('hex').slice(0, 8);
  return `hearth/${project}-${service.name}:${commit.slice(0, 12)}-${hash}`;
}

export interface BuildProblem {
  /** `dockerfile`, `buildkit`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What is known to fail before anything is built. */
export async function buildProblems(question: {
  engine: Engine;
  repository: Repository;
  commit: string;
  service: Service;
  signal: AbortSignal;
}): Promise<BuildProblem[]> {
  const { engine, repository, commit, service, signal } = question;
  if (service.source.kind !== 'build') return [];
  const { build } = service.source;
  let text: string;
  try {
    ({ text } = await contextOf(repository, commit, build, signal));
  } catch (error) {
    if (!(error instanceof Failure) || error.reason === 'cancelled') throw error;
    return [{ code: 'dockerfile', message: error.message, hint: error.hint ?? '' }];
  }
  if (engine.info.buildkit) return [];
  const hint = 'Install docker buildx on this machine, or do without it.';
  const needs = needsBuildKit(text).map(({ line, what }) => `${build.dockerfile} uses ${what} in line ${line}, which needs BuildKit.`);
  if (build.secrets.length > 0) needs.push('Build secrets need BuildKit: without it they would stay in the image.');
  if (Object.keys(build.contexts).length > 0) needs.push('Further contexts (build.contexts) need BuildKit.');
  const { os, architecture } = engine.info;
  if (build.platform !== undefined && build.platform.split('/').slice(0, 2).join('/') !== `${os}/${dockerName(architecture)}`)
    needs.push(`Building for ${build.platform} on ${os}/${dockerName(architecture)} needs BuildKit.`);
  return needs.map((message) => ({ code: 'buildkit', message, hint }));
}

/** What the engine calls x86_64 is amd64 in the name of a platform. */
function dockerName(architecture: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' }[architecture] ?? architecture;
}

/** The label by which an image proves that it was built for a tag; a container inherits the labels of its image, so none is a container's own. */
const builtFor = 'hearth.image.tag';

/**
 * The image of a service at a commit under its tag; one that is there is not built again (`reused`). `labels` become labels of the image:
 * `hearth.x` as `hearth.image.x`. Rejects with `unsupported` (names the instruction), `precondition` (the build failed), `not-found` (no
 * Dockerfile), `docker-unavailable` (cut), `io` (disk full); after `cancelled` nothing of the build runs.
 */
export async function buildImage(request: {
  engine: Engine;
  repository: Repository;
  commit: string;
  service: Service;
  tag: string;
  labels: Labels;
  secrets: Readonly<Record<string, string>>;
  /** Masks secrets in what the build prints. */
  redact: (text: string) => string;
  log: LogSink;
  progress: (text: string) => void;
  signal: AbortSignal;
}): Promise<{ id: string; reused: boolean }> {
  const { engine, repository, commit, service, tag, log, redact, signal } = request;
  if (service.source.kind !== 'build') throw new Failure('invalid', `${service.name} is not built: it has a ready image.`);
  const { build } = service.source;
  const there = await engine.inspectImage(tag, signal);
  if (there?.labels[builtFor] === tag) {
    log('hearth', `The image ${tag} is there already.`);
    return { id: there.id, reused: true };
  }
  const [problem] = await buildProblems({ engine, repository, commit, service, signal });
  if (problem !== undefined) {
    throw new Failure(problem.code === 'buildkit' ? 'unsupported' : 'not-found', problem.message, { hint: problem.hint });
  }
  const missing = build.secrets.find((name) => request.secrets[name] === undefined);
  if (missing !== undefined)
    throw new Failure('precondition', `The build secret ${missing} is not set.`, {
      hint: `Set it with hearth env set ${missing} --secret.`,
    });
  const context = await contextOf(repository, commit, build, signal);
  const { folders, dispose } = await contextFolders(repository, commit, build.contexts, signal);
  try {
    log('hearth', `Building ${tag} with ${engine.info.buildkit ? 'BuildKit' : "the engine's own builder"}.`);
    const labels = { ...imageLabels(request.labels), [builtFor]: tag };
    const other = engine.info.buildkit ? undefined : labelled(context.text, build.target, labels);
    const id = await engine.build(
      {
        tag,
        labels,
        labelled: other !== undefined,
        context: () => (other === undefined ? context.archive(signal) : context.archiveWith(other, signal)),
        dockerfile: other === undefined ? context.dockerfile : otherDockerfile,
        args: build.args,
        secrets: Object.fromEntries(build.secrets.map((name) => [name, request.secrets[name] ?? ''])),
        contexts: folders,
        ...(build.target !== undefined && { target: build.target }),
        ...(build.platform !== undefined && { platform: build.platform }),
        log: (text) => log('build', redact(text)),
        progress: (text) => request.progress(`building ${service.name} · ${text}`),
      },
      signal,
    );
    return { id, reused: false };
  } catch (error) {
    throwIfCancelled(signal);
    if (error instanceof Failure)
      throw new Failure(error.reason, redact(error.message), {
        hint: error.hint,
        ...(error.detail !== undefined && { detail: redact(error.detail) }),
        cause: error.cause,
      });
    throw error;
  } finally {
    await dispose();
  }
}

function imageLabels(labels: Labels): Labels {
  const own = Object.entries(labels).filter(([key]) => key !== 'hearth.fence' && key !== 'hearth.deployment');
  return Object.fromEntries(own.map(([key, value]) => [key.replace(/^hearth\.(?!image\.)/, 'hearth.image.'), value]));
}

/**
 * A ready image on the engine, pulled when it is missing. `reference` pins it: by the registry's digest where there is one, else by its id. Rejects
 * with `not-found`, `precondition` (the registry refuses).
 */
export async function readyImage({
  engine,
  reference,
  log,
  signal,
}: {
  engine: Engine;
  reference: string;
  log: LogSink;
  signal: AbortSignal;
}): Promise<{ id: string; digest?: string; reference: string }> {
  // An id is a reference too: of an image that came from no registry.
  const byId = /^sha256:[0-9a-f]{64}$/.test(reference);
  const { name } = byId ? { name: '' } : parseReference(reference);
  let image = await engine.inspectImage(reference, signal);
  if (image === undefined) {
    if (byId) throw new Failure('not-found', `The image ${reference.slice(0, 19)} is not on this engine any more.`);
    log('hearth', `Pulling ${reference}.`);
    await engine.pullImage(reference, log, signal);
    image = await engine.inspectImage(reference, signal);
  }
  if (image === undefined) throw new Failure('not-found', `There is no image ${reference}.`, { hint: 'Check its name in hearth.yaml.' });
  const pinned = image.digests.find((each) => each.startsWith(`${name}@`));
  const digest = pinned?.split('@')[1];
  return { id: image.id, reference: pinned ?? image.id, ...(digest !== undefined && { digest }) };
}

/** What a tag of ours is called in a registry. */
export function registryTag(registry: string, tag: string): string {
  return `${registry.replace(/\/+$/, '')}/${tag.slice(tag.lastIndexOf('/') + 1)}`;
}

/** Pushes a built image to `registry` (`registry.example.test/shop`) and pins it by the digest that the registry gave. */
export async function pushed({
  engine,
  tag,
  registry,
  log,
  signal,
}: {
  engine: Engine;
  tag: string;
  registry: string;
  log: LogSink;
  signal: AbortSignal;
}): Promise<{ reference: string; digest: string }> {
  const target = registryTag(registry, tag);
  const { name } = parseReference(target);
  log('hearth', `Pushing ${target}.`);
  await engine.tagImage(tag, target, signal);
  const digest = await engine.pushImage(target, log, signal);
  return { reference: `${name}@${digest}`, digest };
}

/** JSON with sorted keys: equal settings, equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
