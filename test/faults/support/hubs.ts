// Hub processes that a test starts itself, without a client.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { reportVariable } from '../../../server/hub/start.ts';
import { endHub } from '../../support/hubProcess.ts';
import { hubProgram } from './notes.ts';

export interface RacingHub {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What it says once: `listening`, `another`, or why it cannot be; empty when it ended without a word. */
  readonly report: Promise<{ state: string; message?: string }>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }>;
}

export function startHubProcess(home: string, env: Record<string, string> = {}, preload?: string): RacingHub {
  const { NODE_V8_COVERAGE: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...(preload === undefined ? [] : ['--require', preload]), hubProgram, 'hub'], {
    env: { ...inherited, HEARTH_HOME: home, [reportVariable]: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const text = (stream: Readable) =>
    new Promise<string>((resolve) => {
      let all = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        all += chunk;
      });
      stream.on('close', () => resolve(all));
    });
  const errors = text(child.stderr as Readable);
  const report = text(child.stdio[3] as Readable).then((said) => (said === '' ? { state: '' } : JSON.parse(said)));
  const ended = new Promise<Awaited<RacingHub['ended']>>((resolve) => {
    child.on('exit', async (code, signal) => resolve({ code, signal, errors: await errors }));
  });
  return { process: child, pid: child.pid ?? -1, report, ended };
}

/** The hub of a home, started here in place of the one that runs; whoever else starts one at this moment is ended. */
export async function ownHub(home: string, env: Record<string, string>): Promise<RacingHub> {
  for (;;) {
    await endHub(home);
    const hub = startHubProcess(home, env);
    if ((await hub.report).state === 'listening') return hub;
    await hub.ended;
  }
}
