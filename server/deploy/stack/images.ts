import type { ComposeService } from '../../compose/types.ts';
import type { Build, Service } from '../../config/hearthTypes.ts';
import type { Repository } from '../../git/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { buildImage, buildTag, pushed, readyImage } from '../build/index.ts';
import type { Engine, Labels, LogSink } from '../engine/types.ts';
import type { ReleaseImage } from './release.ts';

interface ImageQuestion {
  readonly engine: Engine;
  readonly repository: Repository;
  readonly project: string;
  readonly projectId: string;
  readonly owner: string;
  readonly commit: string;
  /** The service in `hearth.yaml`. */
  readonly service: Service;
  readonly registry: string | undefined;
  readonly labels: Labels;
  readonly secrets: Readonly<Record<string, string>>;
  readonly redact: (text: string) => string;
  readonly log: LogSink;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The image of a service of a compose file: built from the commit, or ready. What the Swarm is told names exactly it. */
export async function imageOf(question: ImageQuestion, service: ComposeService): Promise<ReleaseImage> {
  const { engine, log, signal, registry } = question;
  if (service.build === undefined) {
    const { image: reference = '' } = service;
    question.progress(`getting ${reference}`);
    const ready = await readyImage({ engine, reference, log, signal });
    // By its id no node pulls it, and nobody can put another one under its name.
    return ready.digest === undefined
      ? { reference: ready.id, readable: reference, id: ready.id, local: true }
      : { reference: ready.reference, readable: reference, id: ready.id, local: false };
  }
  const built = builtService(question.service, service);
  const tag = stackTag(question, built);
  question.progress(`building ${service.name}`);
  const { commit, repository, labels, secrets, redact } = question;
  const { id } = await buildImage({
    ...{ engine, repository, commit, service: built, tag, labels, secrets, redact, log, signal },
    progress: question.progress,
  });
  if (registry === undefined) return { reference: id, readable: tag, id, local: true, tag };
  question.progress(`pushing ${service.name}`);
  const there = await pushed({ engine, tag, registry, log, signal });
  return { reference: there.reference, readable: there.reference, id, local: false, tag };
}

function stackTag({ project, commit, owner, projectId }: ImageQuestion, built: Service): string {
  return buildTag(project, built, commit, { owner, projectId });
}

/** As the builder knows services. No service of `hearth.yaml` has `_` in its name, so no image of those has this one. */
export function builtService(stack: Service, { name, build }: ComposeService): Service {
  if (build?.context === undefined) throw new Failure('invalid', `${name} is not built from a folder of the repository.`);
  const made: Build = {
    context: build.context,
    dockerfile: build.dockerfile,
    args: Object.fromEntries(Object.entries(build.args).flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
    secrets: build.secrets.map(({ source }) => source),
    contexts: build.additionalContexts,
    paths: [],
    ...(build.target === undefined ? {} : { target: build.target }),
    ...(build.platforms[0] === undefined ? {} : { platform: build.platforms[0] }),
  };
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { ...stack, name: `${stack.name}_${plain === '' ? 'service' : plain}`, source: { kind: 'build', build: made } };
}
