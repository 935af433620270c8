import { pipeline } from 'node:stream/promises';
import { asFailure, cancelled, Failure } from '../../rpc/failure.ts';
import { answerFailure, sentence } from './failures.ts';
import { LineSplitter } from './lines.ts';
import { startProgram } from './program.ts';
import type { BuildRequest } from './types.ts';

/** Milliseconds between SIGTERM, which lets buildx cancel the build, and SIGKILL. */
const patience = 10_000;

/**
 * A build by `docker buildx build`: the context through standard input, values of secrets through its environment, never as an argument. `engine`:
 * the arguments that make `docker` talk to the right one. Rejects with `precondition` (the build failed), `io` (a disk is full).
 */
export async function buildxBuild(engine: readonly string[], request: BuildRequest, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelled();
  const secrets = Object.fromEntries(Object.entries(request.secrets).map(([name, value]) => [variable(name), value]));
  // The builder of the engine itself, whatever the user has chosen elsewhere; an image and no index with statements about it.
  const env = { ...secrets, BUILDX_BUILDER: 'default', BUILDX_NO_DEFAULT_ATTESTATIONS: '1', BUILDKIT_PROGRESS: 'plain', NO_COLOR: '1' };
  const child = startProgram('docker', [...engine, ...argumentsOf(request)], env);
  const last: string[] = [];
  const output = new LineSplitter((text) => {
    // `#7 [build 3/5] RUN …`
    const [, step, all] = /^#\d+ \[(?:[^\]]* )?(\d+)\/(\d+)\] /.exec(text) ?? [];
    if (step !== undefined) request.progress(`step ${step} of ${all}`);
    if (/^(?:ERROR|error)/.test(text)) last.push(text);
    request.log(text);
  });
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const stop = () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    child.once('close', () => clearTimeout(timer));
  };
  signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<{ exitCode: number | null; problem?: Error }>((resolve) => {
    child.on('error', (problem) => child.pid === undefined && resolve({ exitCode: null, problem }));
    child.on('close', (exitCode) => resolve({ exitCode }));
  });
  let broken: unknown;
  const sent = pipeline(request.context(), child.stdin).catch((error: unknown) => {
    // A builder that ends early closes the pipe; its own words say why.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE' && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') {
      broken = error;
      child.kill('SIGTERM');
    }
  });
  const { exitCode, problem } = await ended;
  await sent;
  signal.removeEventListener('abort', stop);
  output.end();
  if (signal.aborted) throw cancelled();
  if (broken !== undefined) throw asFailure(broken);
  if (problem !== undefined)
    throw new Failure('precondition', 'The program docker cannot be started.', { hint: 'Install the Docker CLI.', cause: problem });
  if (exitCode === 0) return;
  const text = last.at(-1) ?? `docker buildx ended with code ${exitCode ?? 'none'}`;
  const failed = answerFailure(500, text, `build ${request.tag}`);
  if (/no space left|quota/i.test(text)) throw failed;
  throw new Failure('precondition', `The build failed: ${sentence(text.replace(/^ERROR:?\s*/i, ''))}`, {
    hint: 'The log has its output.',
  });
}

function argumentsOf(request: BuildRequest): string[] {
  const many = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['buildx', 'build', '--progress=plain', '--load', `--tag=${request.tag}`],
    ...[`--file=${request.dockerfile}`, ...many('--build-arg', request.args), ...many('--label', request.labelled ? {} : request.labels)],
    ...many('--build-context', request.contexts),
    ...Object.keys(request.secrets).flatMap((name) => ['--secret', `id=${name},env=${variable(name)}`]),
    ...(request.target === undefined ? [] : [`--target=${request.target}`]),
    ...(request.platform === undefined ? [] : [`--platform=${request.platform}`]),
    '-',
  ];
}

function variable(secret: string): string {
  return `HEARTH_BUILD_SECRET_${secret}`;
}
