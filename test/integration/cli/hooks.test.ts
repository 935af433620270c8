import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secret, Terminal } from '../work/hookSupport.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.dispose());

describe('hearth hooks', () => {
  test('tells what is installed, by its exit code too, and starts no hub', async () => {
    const { repository, home } = terminal;
    terminal.hook('pre-push', '#!/bin/sh\n');
    const before = await terminal.hearth('hooks', 'status');
    expect(before.code).toBe(1);
    expect(before.stdout).toContain('pre-push     absent');
    expect(before.stdout).toContain('they do nothing');
    expect((await terminal.hearth('hooks', 'install')).stdout).toContain('pre-push     installed, after the hook that was there before');
    expect(await terminal.json('hooks', 'status')).toEqual({
      folder: repository.path('.git/hooks'),
      kind: 'git',
      hooks: ['pre-commit', 'commit-msg', 'post-commit', 'pre-push'].map((name) => ({
        name,
        state: 'installed',
        path: repository.path('.git/hooks', name),
        beside: name === 'pre-push',
      })),
      command: join(home.path, 'bin/hearth'),
      commandFound: true,
    });
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(existsSync(join(home.path, 'owner'))).toBe(false);
  });

  test('run applies the rules of one hook: by the router and by the small program alike', async () => {
    terminal.repository.write('a.txt', `${secret}\n`);
    terminal.repository.git('add', '.');
    const refused = await terminal.hearth('hook', 'run', 'pre-commit');
    expect(refused).toMatchObject({ code: 10, stderr: expect.stringContaining('a.txt:1: This looks like a secret of GitHub.') });
    await terminal.hearth('hooks', 'install');
    const hook = terminal.git(['hook', 'run', 'pre-commit']);
    expect(hook.status).toBe(1);
    expect(hook.stderr.split('\n')[0]).toBe(refused.stderr.split('\n')[0]);
    expect(await terminal.json('hook', 'run', 'pre-commit')).toMatchObject({ ok: false, problems: [{ hint: expect.any(String) }] });
    expect((await terminal.hearth('hook', 'run', 'update')).code).toBe(2);
  });

  test('run writes the trailer into git’s own message only', async () => {
    terminal.link(5);
    terminal.repository.write('mine.txt', 'Subject\n');
    expect((await terminal.hearth('hook', 'run', 'commit-msg', '--', 'mine.txt')).code).toBe(0);
    expect(terminal.repository.git('hash-object', 'mine.txt')).toBe(
      terminal.repository.gitBytes(['hash-object', '--stdin'], { input: 'Subject\n' }).toString().trim(),
    );
  });
});
