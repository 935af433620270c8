import { HubLog } from '../operation/hubLog.ts';
import type { LogLine } from '../operation/logLine.ts';
import { readSettings } from '../operation/settings.ts';
import { asFailure } from '../rpc/failure.ts';
import { version } from '../version.ts';
import { type Ending, Hub } from './hub.ts';
import { ownIdentity } from './identity.ts';
import { updateOwner } from './owner.ts';
import { prepareHome } from './prepareHome.ts';
import { takeOwnership } from './take.ts';

interface RunOptions {
  readonly home: string;
  /** In the foreground, for ever: takes over from a hub that was started on need, and never ends by itself. */
  readonly serving: boolean;
  /** Fence of the silent owner that it was started against. */
  readonly challenged?: number | undefined;
  /** Where metrics and health are served; 0: nowhere. Without it settings.json says so, and a hub in the foreground takes 9797. */
  readonly metricsPort?: number | undefined;
  /** Hears each line of the log. */
  readonly heard?: (line: LogLine) => void;
  /** Called when clients can connect. */
  listening(): void;
  /** Asks it to end. */
  readonly stop: AbortSignal;
}

/** Is the hub of a home until it ends; `another` when one that answers owns it. Rejects with the sentence that says why it cannot be. */
export async function runHub({
  home,
  serving,
  challenged,
  metricsPort,
  heard,
  listening,
  stop,
}: RunOptions): Promise<{ kind: 'ended'; why: Ending } | { kind: 'another'; pid: number }> {
  prepareHome(home);
  const taken = await takeOwnership(home, { yields: serving ? (facts) => !facts.serving : undefined, challenged });
  if (taken.kind === 'another') return taken;
  const { owner, before } = taken;
  const settings = readSettings(home);
  const lines = new HubLog({ home, settings: settings.settings, also: heard });
  const { log } = lines;
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
    for (const problem of settings.problems) log('warn', `settings.json: ${problem}`, { domain: 'operation' });
    const operation = { settings, metricsPort, counts: () => lines.counts };
    const hub = new Hub({ home, owner, serving, log, operation, idle: Number(process.env['HEARTH_HUB_IDLE_MS'] ?? 600_000) });
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
    await lines.close();
  }
}
