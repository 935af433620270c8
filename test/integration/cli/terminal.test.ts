// Pipes that close, interrupts, pagers, colours: how a command behaves in a terminal.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../../server/assemble.ts';
import { cliPath, startCli } from '../../support/cli.ts';
import { isAlive, slowGit, until } from '../../support/processes.ts';
import { createRepository, hermeticEnvironment, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { ensureBuilt } from '../../support/server.ts';

let repository: Repository;
beforeAll(() => {
  ensureBuilt();
  repository = createRepository();
  // Enough history that nothing fits into one pipe.
  const stream = Array.from(
    { length: 5000 },
    (_, number) =>
      `commit refs/heads/main\ncommitter A <a@example.test> ${1_704_067_200 + number} +0000\ndata 200\n${`Commit ${number} `.padEnd(200, 'x')}\n`,
  ).join('\n');
  repository.gitBytes(['fast-import', '--quiet'], { input: `${stream}\n` });
});
afterAll(() => repository.dispose());

test.each([['log'], ['log', '--json'], ['files'], ['history', '.']])('%s | head ends quietly', async (...words) => {
  const child = startCli(['git', ...words], { cwd: repository.root });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([code, stderr]).toEqual([0, '']);
});

test('git waits for a slow reader: rows do not pile up', async () => {
  const server = assemble({ log: () => {}, trusted: true });
  let waiting = 0;
  let most = 0;
  let batches = 0;
  await server.router.dispatch(
    'git/log',
    { repository: repository.root, limit: 5000 },
    {
      signal: new AbortController().signal,
      session: server.services.session,
      partial: async () => {
        batches++;
        most = Math.max(most, ++waiting);
        await new Promise((resolve) => setTimeout(resolve, 20));
        waiting--;
      },
    },
  );
  server.dispose();
  expect(batches).toBeGreaterThan(9);
  // Git writes 64 kB at a time, which is less than two batches.
  expect(most).toBeLessThanOrEqual(2);
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test('ends with 130 also when nobody reads what was printed', async () => {
    const child = startCli(['git', 'log'], { cwd: repository.root });
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    // Rows fill the pipe; git waits for the pipe, and the command for its reader.
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
  });

  test.each(['drip', 'hang with a helper'] as const)('during a long log ends with 130 and leaves no process (git: %s)', async (how) => {
    const slow = slowGit(how);
    const child = startCli(['git', 'log', 'slow'], { cwd: repository.root, env: { HEARTH_GIT: slow.program } });
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.stdout.resume();
    await until(() => slow.pids().length > 0 && (how === 'drip' || slow.helpers().length > 0));
    child.kill(signal);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect([code, stderr]).toEqual([130, '']);
    expect(slow.pids().filter(isAlive)).toEqual([]);
    await until(() => !slow.helpers().some(isAlive));
    rmSync(slow.folder, { recursive: true });
  });
});

const script = '/usr/bin/script';

/** Runs in a terminal of its own, by util-linux `script`; gives what the terminal showed. */
async function inTerminal(command: string, env: Record<string, string>): Promise<string> {
  const child = spawn(script, ['-qec', command, '/dev/null'], {
    cwd: repository.root,
    env: { ...hermeticEnvironment(), TERM: 'xterm', ...env },
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stdin.on('error', () => {});
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

describe.skipIf(!existsSync(script))('in a terminal', () => {
  const command = `'${process.execPath}' '${cliPath}' git log -n 3`;

  test('the pager of the user is used, colours are on, and NO_COLOR turns them off', async () => {
    const folder = temporaryFolder('pager');
    const pager = path.join(folder, 'pager');
    writeFileSync(pager, `#!/bin/sh\ncat > '${folder}/paged'\necho paged\n`);
    chmodSync(pager, 0o755);
    const shown = await inTerminal(command, { PAGER: pager });
    expect(shown).toContain('paged');
    expect(shown).not.toContain('Commit 4999');
    expect(readFileSync(`${folder}/paged`, 'utf8')).toMatch(/^\x1b\[33m[0-9a-f]{10}\x1b\[39m/);
    const plain = await inTerminal(command, { PAGER: 'cat', NO_COLOR: '1' });
    expect(plain).toContain('Commit 4999');
    expect(plain).not.toContain('\x1b[33m');
    rmSync(folder, { recursive: true });
  });

  test('a pager that is left early ends the command', async () => {
    const shown = await inTerminal(`'${process.execPath}' '${cliPath}' git log`, { PAGER: 'head -n 1' });
    expect(shown).toContain('Commit 4999');
    expect(shown).not.toContain('Commit 4000');
  });
});
