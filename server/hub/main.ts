import { closeSync, writeSync } from 'node:fs';
import { killAll } from '../git/process.ts';
import { hearthHome } from '../home.ts';
import { asFailure } from '../rpc/failure.ts';
import { runHub } from './run.ts';
import { challengeVariable, reportDescriptor, reportVariable, type StartReport } from './start.ts';

/** `server.js hub [--serve]`: the process that owns the state. Tells whoever started it, once, how it went. */
export async function main(args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const report = reporter();
  // Started from a terminal it must not end with it; in a terminal of its own (`--serve`) it does.
  const serving = args.includes('--serve');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  process.on('SIGHUP', () => serving && stop.abort());
  process.on('exit', () => killAll());
  try {
    const outcome = await runHub({
      home: hearthHome(),
      serving,
      challenged: challengedFence(),
      listening: () => report({ state: 'listening' }),
      stop: stop.signal,
    });
    if (outcome.kind === 'another') {
      report({ state: 'another' });
      process.exit();
    }
    if (outcome.why === 'superseded' || outcome.why === 'failed') process.exitCode = 1;
  } catch (error) {
    const { reason, message, hint } = asFailure(error);
    report({ state: 'failed', reason, message, ...(hint === undefined ? {} : { hint }) });
    process.stderr.write(`hearth: ${message}${hint === undefined ? '' : ` ${hint}`}\n`);
    process.exitCode = 1;
  }
  // Nothing that still waits (a request of a client that is gone) may keep an ended hub alive.
  process.exit();
}

/** The silent owner because of whom this process was started. */
function challengedFence(): number | undefined {
  const fence = process.env[challengeVariable];
  delete process.env[challengeVariable];
  return fence === undefined ? undefined : Number(fence);
}

/** Says it once, on the pipe of whoever started this process; the descriptor is somebody else's when nobody asked for a report. */
function reporter(): (outcome: StartReport) => void {
  let wanted = process.env[reportVariable] === '1';
  delete process.env[reportVariable];
  return (outcome) => {
    if (!wanted) return;
    wanted = false;
    try {
      writeSync(reportDescriptor, JSON.stringify(outcome));
      closeSync(reportDescriptor);
    } catch {
      // Nobody waits any more.
    }
  };
}
