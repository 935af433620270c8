import { asFailure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { version } from '../version.ts';
import { type Ending, Hub } from './hub.ts';
import { ownIdentity } from './identity.ts';
import { LogFile } from './logFile.ts';
import { updateOwner } from './owner.ts';
import { prepareHome } from './prepareHome.ts';
import { takeOwnership } from './take.ts';

interface RunOptions {
  readonly home: string;
  /** In the foreground, for ever: takes over from a hub that was started on need, and never ends by itself. */
  readonly serving: boolean;
  /** Beside the log file. */
  readonly log?: Log;
  /** Called when clients can connect. */
  listening(): void;
  /** Asks it to end. */
  readonly stop: AbortSignal;
}

/** Is the hub of a home until it ends; `another` when one that answers owns it. Rejects with the sentence that says why it cannot be. */
export async function runHub({
  home,
  serving,
  log: also,
  listening,
  stop,
}: RunOptions): Promise<{ kind: 'ended'; why: Ending } | { kind: 'another'; pid: number }> {
  prepareHome(home);
  const taken = await takeOwnership(home, serving ? (facts) => !facts.serving : undefined);
  if (taken.kind === 'another') return taken;
  const { owner, before } = taken;
  const file = new LogFile(home);
  const log: Log = (level, text, fields) => {
    file.log(level, text, fields);
    also?.(level, text, fields);
  };
  try {
    const { pid, host } = ownIdentity();
    log('info', 'owner', {
      version,
      pid,
      host,
      fence: owner.fence,
      before: before?.fence,
      beforePid: before?.pid,
      serving,
      runtime: process.version,
    });
    const hub = new Hub({ home, owner, serving, log, idle: Number(process.env['HEARTH_HUB_IDLE_MS'] ?? 600_000) });
    await hub.listen();
    hub.open();
    listening();
    const end = () => void hub.end('signal');
    if (stop.aborted) end();
    stop.addEventListener('abort', end, { once: true });
    return { kind: 'ended', why: await hub.ended };
  } catch (error) {
    const failure = asFailure(error);
    log('error', failure.message, { hint: failure.hint });
    updateOwner(home, { ...owner, released: true });
    throw failure;
  } finally {
    file.close();
  }
}
