import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import { exec } from './exec.ts';
import { Demultiplexer } from './lines.ts';
import { part, short, type Transport } from './transport.ts';
import type { EngineTerminal, TerminalRequest } from './types.ts';

/** Docker cannot end what it runs in a container: it says its process id first, and is ended by that. */
const announced = 'echo "$$"; exec "$@"';
/** A closed terminal is told so; what does not care is killed half a second later. */
const ending = 'kill -HUP "$1"; for i in 1 2 3 4 5; do kill -0 "$1" || exit 0; sleep 0.1; done; kill -9 "-$1" || kill -9 "$1"';
const longestId = 10;
/** Exit codes of what could not be started. */
const notStarted = [126, 127];

/** Rejects with `unsupported` when the container has no such program, `conflict` when it does not run. */
export async function openTerminal(
  transport: Transport,
  id: string,
  request: TerminalRequest,
  signal: AbortSignal,
): Promise<EngineTerminal> {
  const first = await start(transport, id, request, ['/bin/sh', '-c', announced, 'sh', ...request.command], signal);
  const line = await firstLine(first.pieces);
  let terminal = new DockerTerminal(transport, id, first, line);
  if (line.processId === undefined && notStarted.includes((await terminal.exitCode(signal)) ?? 0)) {
    // Without a shell nobody can end it but itself, when its input has ended.
    const plain = await start(transport, id, request, request.command, signal);
    terminal = new DockerTerminal(transport, id, plain, { processId: undefined, rest: [] });
  }
  await terminal.resize(request.rows, request.columns, signal);
  return terminal;
}

interface Piece {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

interface Started {
  readonly exec: string;
  readonly stream: Duplex;
  readonly tty: boolean;
  readonly pieces: AsyncGenerator<Piece, void>;
}

async function start(
  transport: Transport,
  id: string,
  { tty }: TerminalRequest,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Started> {
  const doing = `run a command in ${short(id)}`;
  const body = {
    ...{ Cmd: [...command], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: tty },
    ...(tty ? { Env: ['TERM=xterm-256color'] } : {}),
  };
  const { Id } = await transport.json<{ Id: string }>({ method: 'POST', path: `/containers/${part(id)}/exec`, body, doing }, signal);
  const ask = { method: 'POST', path: `/exec/${part(Id)}/start`, body: { Detach: false, Tty: tty }, doing } as const;
  const stream = await transport.upgrade(ask, signal);
  const end = () => stream.destroy();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', end));
  stream.on('error', () => {});
  return { exec: Id, stream, tty, pieces: piecesOf(stream, tty) };
}

/** Without a terminal output comes in frames. A connection that is cut is the end of it. */
async function* piecesOf(stream: Duplex, tty: boolean): AsyncGenerator<Piece, void> {
  let parts: Piece[] = [];
  const frames = new Demultiplexer(
    (data) => parts.push({ stream: 'stdout', data }),
    (data) => parts.push({ stream: 'stderr', data }),
  );
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (tty) yield { stream: 'stdout', data: chunk };
      else {
        frames.push(chunk);
        yield* parts;
        parts = [];
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
  }
}

interface FirstLine {
  /** Undefined when the first line is none: nothing is left out of the rest then. */
  readonly processId: string | undefined;
  readonly rest: readonly Buffer[];
}

/** The two streams overtake each other: what stands on standard error meanwhile comes behind it. */
async function firstLine(pieces: AsyncGenerator<Piece, void>): Promise<FirstLine> {
  let had = Buffer.alloc(0);
  const errors: Buffer[] = [];
  for (;;) {
    const { value, done } = await pieces.next();
    if (done) return { processId: undefined, rest: [had, ...errors] };
    if (value.stream === 'stderr') {
      errors.push(value.data);
      continue;
    }
    had = Buffer.concat([had, value.data]);
    const end = had.indexOf('\n');
    const text = had.toString('latin1', 0, end).trimEnd();
    if (end >= 0 && /^\d+$/.test(text)) return { processId: text, rest: [had.subarray(end + 1), ...errors] };
    if (end >= 0 || had.length > longestId + 1) return { processId: undefined, rest: [had, ...errors] };
  }
}

class DockerTerminal implements EngineTerminal {
  readonly #transport: Transport;
  readonly #container: string;
  readonly #started: Started;
  readonly #processId: string | undefined;
  readonly output: AsyncIterable<Buffer>;
  #closed: Promise<void> | undefined;

  constructor(transport: Transport, container: string, started: Started, { rest, processId }: FirstLine) {
    this.#transport = transport;
    this.#container = container;
    this.#started = started;
    this.#processId = processId;
    this.output = joined(rest, started.pieces);
  }

  write(data: Uint8Array): Promise<void> {
    const { stream } = this.#started;
    if (stream.destroyed || stream.writableEnded) return Promise.resolve();
    // One that goes away meanwhile has ended: its output says so.
    return new Promise((resolve) => stream.write(data, () => resolve()));
  }

  end(): void {
    this.#started.stream.end();
  }

  async resize(rows: number, columns: number, signal: AbortSignal): Promise<void> {
    const { exec: id, tty } = this.#started;
    if (!tty) return;
    const ask = { method: 'POST', path: `/exec/${part(id)}/resize`, query: { h: rows, w: columns }, doing: 'resize a terminal' } as const;
    await this.#transport.json(ask, signal).catch((error: unknown) => {
      // It has ended, or has not quite begun.
      if (signal.aborted) throw error;
    });
  }

  async exitCode(signal: AbortSignal): Promise<number | null> {
    for (let looks = 0; looks < 50; looks++) {
      const state = await this.#look(signal);
      if (state === undefined) return null;
      if (!state.Running) return state.ExitCode;
      await wait(20, undefined, { signal });
    }
    return null;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { stream, tty } = this.#started;
    const signal = AbortSignal.timeout(10_000);
    try {
      const state = await this.#look(signal);
      if (state?.Running !== true) return;
      if (this.#processId !== undefined) {
        const command = ['/bin/sh', '-c', ending, 'sh', this.#processId];
        await exec(this.#transport, this.#container, command, { timeout: 5000 }, signal);
      } else if (tty) await this.write(Buffer.from('\u0003\u0004'));
    } catch {
      // The engine or the container is gone, and the command with it.
    } finally {
      stream.destroy();
    }
  }

  #look(signal: AbortSignal): Promise<{ Running: boolean; ExitCode: number | null } | undefined> {
    return this.#transport.maybe({ path: `/exec/${part(this.#started.exec)}/json`, doing: 'look at a command' }, signal);
  }
}

async function* joined(first: readonly Buffer[], more: AsyncGenerator<Piece, void>): AsyncGenerator<Buffer, void> {
  for (const data of first) if (data.length > 0) yield data;
  for await (const { data } of more) yield data;
}
