// Runs the built CLI as a person would.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { hermeticEnvironment } from './repositories/repository.ts';
import { ensureBuilt } from './server.ts';

const root = path.resolve(import.meta.dirname, '../..');
export const cliPath = path.join(root, 'dist/cli.js');

export interface CliOutcome {
  /** Exit code; 128 + number of the signal that ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
}

/** One command line; never rejects because the command failed. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
  const child = startCli(args, options);
  // One that ends before it has read everything says so by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 128)));
  return { code, stdout, stderr };
}

/** Starts it, for tests that look while it runs. */
export function startCli(args: readonly string[], { cwd, env }: CliOptions = {}) {
  ensureBuilt();
  return spawn(process.execPath, [cliPath, ...args], {
    stdio: 'pipe',
    env: { ...hermeticEnvironment(), HEARTH_CHECK_RESULTS: '1', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Lines of JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
