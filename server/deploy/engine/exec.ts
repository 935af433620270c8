import { cancelled, Failure } from '../../rpc/failure.ts';
import { Demultiplexer, LineSplitter } from './lines.ts';
import { part, short, type Transport } from './transport.ts';

/** How much of a command's output is kept, in characters. */
const keptOutput = 65_536;

type Outcome = { exitCode: number; output: string };

/** How long a command whose time is over may take to say its process id, and then to be killed, in milliseconds. */
const saysWithin = 5000;
const diesWithin = 10_000;

/**
 * Runs a command in a container. Docker cannot end one: a command of the shell (`/bin/sh -c …`) says its process id first, so that what is left of
 * it after the timeout is killed; others go on until their container ends.
 */
export async function exec(
  transport: Transport,
  id: string,
  command: readonly string[],
  options: { timeout: number },
  signal: AbortSignal,
): Promise<Outcome> {
  const deadline = AbortSignal.timeout(options.timeout);
  const either = AbortSignal.any([signal, deadline]);
  const [program, flag, script, ...more] = command;
  const ofShell = program === '/bin/sh' && flag === '-c' && script !== undefined;
  const announced = [program ?? '', '-c', 'echo $$; exec /bin/sh -c "$@"', 'sh', script ?? '', ...more];
  // What the engine starts later than it may would run on unknown: it is waited for a moment.
  const ending = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  let begun = false;
  let processId: string | undefined;
  const isOwn = (text: string): boolean => {
    if (!ofShell || processId !== undefined) return true;
    processId = /^\d+$/.test(text) ? text : '';
    if (either.aborted) ending.abort();
    return false;
  };
  const end = () => {
    if (ofShell && begun && processId === undefined) patience = setTimeout(() => ending.abort(), saysWithin);
    else ending.abort();
  };
  const begins = () => {
    begun = true;
  };
  if (either.aborted) end();
  else either.addEventListener('abort', end, { once: true });
  try {
    return await run(transport, id, ofShell ? announced : command, { shown: isOwn, begins }, ending.signal);
  } catch (error) {
    if (!either.aborted) throw error;
    if (processId) await kill(transport, id, processId).catch(() => {});
    if (signal.aborted) throw error;
    throw new Failure('timeout', `The command did not end within ${options.timeout} ms.`);
  } finally {
    clearTimeout(patience);
    either.removeEventListener('abort', end);
  }
}

/** It leads a process group: its children go with it. */
async function kill(transport: Transport, id: string, processId: string): Promise<void> {
  const command = ['/bin/sh', '-c', 'kill -9 "-$1"', 'sh', processId];
  await run(transport, id, command, { shown: () => true, begins: () => {} }, AbortSignal.timeout(diesWithin));
}

/** `shown`: whether a line of standard output belongs to the command's; `begins`: from now on the engine may start it. */
async function run(
  transport: Transport,
  id: string,
  command: readonly string[],
  { shown, begins }: { shown(line: string): boolean; begins(): void },
  signal: AbortSignal,
): Promise<Outcome> {
  const doing = `run a command in ${short(id)}`;
  const body = { Cmd: [...command], AttachStdout: true, AttachStderr: true };
  const { Id } = await transport.json<{ Id: string }>({ method: 'POST', path: `/containers/${part(id)}/exec`, body, doing }, signal);
  let output = '';
  const keep = (text: string) => {
    if (output.length < keptOutput) output += `${text}\n`;
  };
  const stdout = new LineSplitter((text) => shown(text) && keep(text));
  const stderr = new LineSplitter(keep);
  const frames = new Demultiplexer(
    (chunk) => stdout.push(chunk),
    (chunk) => stderr.push(chunk),
  );
  begins();
  const start = { method: 'POST', path: `/exec/${part(Id)}/start`, body: { Detach: false, Tty: false }, doing } as const;
  for await (const chunk of transport.stream(start, signal)) frames.push(chunk);
  stdout.end();
  stderr.end();
  for (;;) {
    // Its output may end a moment before the engine knows its exit code.
    const { Running, ExitCode } = await transport.json<{ Running: boolean; ExitCode: number | null }>(
      { path: `/exec/${part(Id)}/json`, doing },
      signal,
    );
    if (!Running && ExitCode !== null) return { exitCode: ExitCode, output: output.slice(0, keptOutput) };
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (signal.aborted) throw cancelled();
  }
}
