import type { ParamsOf, ResultOf } from '../../protocol/message.ts';
import type * as protocol from '../../protocol/runtime.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Context } from '../../rpc/router.ts';
import type { Session } from '../../rpc/session.ts';
import { authorOf } from '../../store/author.ts';
import type { EngineTerminal } from '../engine/types.ts';
import { tell } from '../reconcile/act.ts';
import { readDeployment } from '../records.ts';
import { containersAt, liveIn, type RuntimeHost, refuseSites, secretsOf } from './host.ts';
import { TerminalMask } from './terminalMask.ts';

type Question = Omit<ParamsOf<typeof protocol.shell>, 'repository'>;
type Input = ParamsOf<typeof protocol.shellInput>;

/** What may wait for a command that does not read, in bytes. */
const mostWaiting = 1024 * 1024;
const anyShell = ['/bin/sh', '-c', 'command -v bash >/dev/null && exec bash; exec sh'];

/** The terminals that are open, each known to the connection alone that opened it. */
export class Terminals {
  readonly #open = new WeakMap<Session, Map<string, OpenTerminal>>();

  /** Until the command has ended; it is ended when the signal fires. Rejects with `not-found` where nothing runs, `unsupported` without a shell. */
  async run(
    host: RuntimeHost,
    { environment, service, replica, command, terminal: name, rows, columns, tty }: Question,
    projectId: () => Promise<string | undefined>,
    context: Context<{ output: string }>,
  ): Promise<ResultOf<typeof protocol.shell>> {
    const { session, signal, emit, streaming } = context;
    if (!streaming) throw new Failure('invalid', 'A terminal needs a partialResultToken.');
    // Before anything is waited for: keys may come at once.
    const open = this.#enter(session, name);
    try {
      const [record] = await liveIn(host, { project: await projectId(), environment }, [service]);
      if (record === undefined) throw new Failure('not-found', `${service} is not live in ${environment}.`);
      refuseSites([record], [service], 'there is no container to open a shell in');
      const engine = await host.engine(record.engine, signal);
      const container = (await containersAt(host, engine, record, signal))[replica];
      if (container?.state !== 'running') {
        const what = container === undefined ? `has no replica ${replica}` : `does not run (${container.name} is ${container.state})`;
        throw new Failure('not-found', `${service} ${what}.`, { hint: `\`hearth services stats ${environment}\` shows what runs.` });
      }
      const mask = new TerminalMask(await secretsOf(host, record), (output) => emit({ output: output.toString('base64') }));
      await host.store.write(authorOf(context), (transaction) => {
        const live = readDeployment(transaction, record.id);
        if (live !== undefined) tell(transaction, live, 'shell', { container: container.name });
      });
      const terminal = await engine.openTerminal(container.id, { command: command ?? anyShell, tty, rows, columns }, signal);
      try {
        open.begin(terminal);
        for await (const piece of terminal.output) await mask.push(piece);
        await mask.end();
        const exitCode = await terminal.exitCode(signal);
        if (command === undefined && (exitCode === 126 || exitCode === 127) && mask.last.includes('exec failed'))
          throw noShell(container.name, mask);
        return { exitCode, container: container.name, masked: mask.masked };
      } finally {
        mask.close();
        await terminal.close();
      }
    } finally {
      this.#open.get(session)?.delete(name);
    }
  }

  /** Rejects with `not-found` when that terminal has ended or is another connection's. */
  async input({ terminal: name, input, size, end }: Input, { session, signal }: Pick<Context, 'session' | 'signal'>): Promise<void> {
    const open = this.#open.get(session)?.get(name);
    if (open === undefined) throw new Failure('not-found', 'This terminal has ended.');
    // In the order in which they were asked: nothing is waited for before.
    await open.take({ ...(input === undefined ? {} : { input: Buffer.from(input, 'base64') }), size, end }, signal);
  }

  #enter(session: Session, name: string): OpenTerminal {
    const mine = this.#open.get(session) ?? new Map<string, OpenTerminal>();
    if (mine.has(name)) throw new Failure('conflict', 'There is a terminal of that name already.');
    this.#open.set(session, mine);
    const open = new OpenTerminal();
    mine.set(name, open);
    return open;
  }
}

interface Keys {
  readonly input?: Buffer;
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
  readonly end: boolean;
}

/** A terminal and what was typed into it before it was there. */
class OpenTerminal {
  #terminal: EngineTerminal | undefined;
  #early: Keys[] = [];
  #waiting = 0;

  begin(terminal: EngineTerminal): void {
    this.#terminal = terminal;
    const early = this.#early;
    this.#early = [];
    for (const keys of early) void this.#give(terminal, keys, AbortSignal.timeout(10_000));
  }

  async take(keys: Keys, signal: AbortSignal): Promise<void> {
    const size = keys.input?.length ?? 0;
    if (this.#waiting + size > mostWaiting) {
      throw new Failure('too-large', 'The command does not read what is typed.', { hint: 'Wait until it does, or end it.' });
    }
    if (this.#terminal !== undefined) return this.#give(this.#terminal, keys, signal);
    this.#waiting += size;
    this.#early.push(keys);
  }

  async #give(terminal: EngineTerminal, { input, size, end }: Keys, signal: AbortSignal): Promise<void> {
    const written = input === undefined ? undefined : this.#write(terminal, input);
    if (end) terminal.end();
    if (size !== undefined) await terminal.resize(size.rows, size.columns, signal);
    await written;
  }

  async #write(terminal: EngineTerminal, input: Buffer): Promise<void> {
    this.#waiting += input.length;
    await terminal.write(input);
    this.#waiting -= input.length;
  }
}

function noShell(container: string, mask: TerminalMask): Failure {
  return new Failure('unsupported', `There is no shell in ${container}.`, {
    hint: 'Name a command that it has.',
    detail: mask.last,
  });
}
