import { cancelled, Failure } from '../../rpc/failure.ts';
import { inspectContainer, removeContainer } from './containers.ts';
import { answerFailure, cutFailure, sentence } from './failures.ts';
import { builtImage, inspectImage, removeImage } from './images.ts';
import { jsonLines, LineSplitter } from './lines.ts';
import type { Ask, Transport } from './transport.ts';
import type { BuildRequest } from './types.ts';

/** How long the engine may take to end a step after a build was cancelled. */
const patience = 15_000;

/** How often a build begins whose layers are taken from under it. */
const mostTries = 3;

/**
 * A build by the engine's own, older builder, for its own platform. Its stream says success with an id; anything else, a cut one too, is a failure.
 * That builder does not hold on to what it finds in its cache: when such a layer is removed meanwhile (another service's old image, a prune), the
 * build begins again.
 */
export async function classicBuild(transport: Transport, request: BuildRequest, signal: AbortSignal): Promise<string> {
  const before = await inspectImage(transport, request.tag, signal);
  const steps: string[] = [];
  try {
    for (let tries = 1; ; tries++) {
      try {
        const id = await buildStream(transport, request, steps, signal);
        return await builtImage(transport, request, id, signal);
      } catch (error) {
        if (signal.aborted || tries === mostTries || !(error instanceof LayerGone)) throw error;
        request.log('A layer of the cache was removed meanwhile: the build begins again.');
      }
    }
  } catch (error) {
    if (signal.aborted) await nothingLeft(transport, request, steps, before?.id);
    throw error;
  }
}

async function buildStream(transport: Transport, request: BuildRequest, steps: string[], signal: AbortSignal): Promise<string> {
  const doing = `build ${request.tag}`;
  const context = request.context();
  const ask: Ask = {
    method: 'POST',
    path: '/build',
    query: {
      t: request.tag,
      dockerfile: request.dockerfile,
      target: request.target,
      buildargs: JSON.stringify(request.args),
      labels: request.labelled ? undefined : JSON.stringify(request.labels),
      rm: true,
      forcerm: true,
    },
    archive: context,
    headers: { 'Content-Type': 'application/x-tar' },
    doing,
  };
  let id: string | undefined;
  const output = new LineSplitter((text) => {
    const running = /^ ---> Running in ([0-9a-f]{12})$/.exec(text)?.[1];
    if (running !== undefined) steps.push(running);
    const [, step, all] = /^Step (\d+)\/(\d+) : /.exec(text) ?? [];
    if (step !== undefined) request.progress(`step ${step} of ${all}`);
    request.log(text);
  });
  try {
    for await (const line of jsonLines(transport.stream(ask, signal))) {
      if (typeof line['error'] === 'string') {
        output.end();
        throw buildFailure(line['error'], doing);
      }
      if (typeof line['stream'] === 'string') output.push(Buffer.from(line['stream']));
      else if (typeof line['status'] === 'string' && line['progressDetail'] === undefined) request.log(line['status']);
      const aux = line['aux'] as { ID?: unknown } | undefined;
      if (typeof aux?.ID === 'string') id = aux.ID;
    }
  } finally {
    context.destroy();
  }
  output.end();
  if (id === undefined) throw cutFailure(doing);
  return id;
}

/** An image that a build had found in the cache is not there any more. */
class LayerGone extends Failure {}

function buildFailure(text: string, doing: string): Failure {
  if (/^(?!The command ).*(?:no such image: sha256:|(?:image|layer) does not exist)/i.test(text))
    return new LayerGone('conflict', `The build failed: ${sentence(text)}`, {
      hint: 'Images are being removed on that engine at the same time. Deploy again.',
      detail: text.slice(0, 4000),
    });
  if (/requires BuildKit|the --\w+ (?:option|flag) requires|unknown flag|unknown instruction/i.test(text)) {
    return new Failure('unsupported', `The builder of this Docker engine does not know what the Dockerfile uses: ${sentence(text)}`, {
      hint: 'Install docker buildx on this machine, or do without it.',
    });
  }
  const failed = answerFailure(500, text, doing);
  if (failed.reason !== 'io' || /no space left|quota/i.test(text)) return failed;
  return new Failure('precondition', `The build failed: ${sentence(text)}`, { hint: 'The log has its output.', detail: text });
}

/** After a cancel: the engine ends the running step and tags nothing. Seen with our own eyes before the caller is told. */
async function nothingLeft(
  transport: Transport,
  request: BuildRequest,
  steps: readonly string[],
  before: string | undefined,
): Promise<void> {
  const limit = AbortSignal.timeout(patience);
  try {
    for (const step of steps.slice(-1)) {
      const gone = async () => (await inspectContainer(transport, step, limit)) === undefined;
      for (let tries = 0; tries < 50 && !(await gone()); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
      await removeContainer(transport, step, limit);
    }
    const image = await inspectImage(transport, request.tag, limit);
    if (image !== undefined && image.id !== before) await removeImage(transport, request.tag, limit);
  } catch {
    // The engine does not answer: then nothing of it can be ended from here either.
  }
  throw cancelled();
}
