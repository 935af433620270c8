import { copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/repositories/repository.ts';
import { secret, snapshot, Terminal } from './hookSupport.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.repository.write('a.txt', 'one\n');
  terminal.repository.commit('One');
});
afterEach(() => terminal.dispose());

const message = (revision = 'HEAD') => terminal.repository.git('log', '-1', '--format=%B', revision);
const write = (path: string, text: string) => {
  terminal.repository.write(path, text);
  terminal.repository.git('add', path);
};

describe('a commit in a terminal', () => {
  beforeEach(async () => {
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
  });

  test('of a branch without an item is as it was', () => {
    write('a.txt', 'two\n');
    expect(terminal.commit('Two')).toMatchObject({ status: 0, stderr: '' });
    expect(message()).toBe('Two\n');
  });

  test('with a secret is refused, with every way out', async () => {
    write('a.txt', `key ${secret}\n`);
    const refused = terminal.commit('Two');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/a\.txt:1: This looks like a secret of GitHub\. It begins with ghp…/);
    expect(refused.stderr).toContain('git commit --no-verify');
    expect(refused.stderr).not.toContain(secret.slice(0, 8));
    expect(message()).toBe('One');
    const fingerprint = refused.stderr.match(/environment allow ([0-9a-f]{32})/)?.[1] ?? '';
    expect((await terminal.hearth('environment', 'allow', fingerprint, '--reason', 'made up')).code).toBe(0);
    expect(terminal.commit('Two').status).toBe(0);
    expect(terminal.repository.git('show', '--name-only', '--format=')).toBe('.hearth/secrets-baseline.json\na.txt');
    write('b.txt', `${secret}\n`);
    expect(terminal.commit('Three').status).toBe(1);
    write('b.txt', `${secret} # hearth:allow-secret\n`);
    expect(terminal.commit('Three').status).toBe(0);
    write('c.txt', `${secret}\n`);
    expect(terminal.commit('Four', '--no-verify').status).toBe(0);
  });

  test('of an item needs its change entry, and gets its trailer once', async () => {
    terminal.link(12);
    write('a.txt', 'two\n');
    const refused = terminal.commit('Two');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('This commit of item 12 has no change entry.');
    terminal.repository.write('changes/12.md', '### Added\n\nTwo.\n');
    expect(terminal.commit('Two').stderr).toContain('Stage it: `git add changes/12.md`.');
    terminal.repository.git('add', 'changes');
    expect(terminal.commit('Two')).toMatchObject({ status: 0, stderr: '' });
    expect(message()).toBe('Two\n\nHearth-Item: 12\n');
    expect(terminal.git(['commit', '--amend', '--no-edit']).status).toBe(0);
    expect(message()).toBe('Two\n\nHearth-Item: 12\n');
    write('changes/12.md', '### Addded\n\nTwo.\n');
    expect(terminal.commit('Three').stderr).toContain('changes/12.md:1 has an unknown heading "Addded"');
  });

  test('of an item may say that no entry is needed, or that nobody asks for one', async () => {
    terminal.link(12);
    write('a.txt', 'two\n');
    expect((await terminal.hearth('changelog', 'none', 'Only tests.')).code).toBe(0);
    expect(terminal.commit('Two').status).toBe(0);
    terminal.repository.git('switch', '-q', '-c', 'other', 'HEAD~1');
    terminal.link(13);
    write('.hearth/work.yaml', 'changelog: { required: merge }\n');
    expect(terminal.commit('Three')).toMatchObject({ status: 0, stderr: '' });
  });

  test('by name, or of everything tracked, is checked by what it commits', () => {
    terminal.link(12);
    write('changes/12.md', '### Added\n\nTwo.\n');
    terminal.repository.write('a.txt', `${secret}\n`);
    expect(terminal.commit('Two').status).toBe(0);
    expect(terminal.commit('Three', '-a').status).toBe(1);
    expect(terminal.commit('Three', 'a.txt').status).toBe(1);
    write('b.txt', 'b\n');
    expect(terminal.commit('Three', 'b.txt')).toMatchObject({ status: 0, stderr: '' });
  });

  test('whose message is empty or all comments is given up by git', () => {
    terminal.link(12);
    write('changes/12.md', '### Added\n\nTwo.\n');
    for (const text of ['', '\n', '# only a comment\n']) {
      writeFileSync(terminal.repository.path('.git/editor.sh'), `printf '${text}' > "$1"\n`);
      const outcome = terminal.git(['commit'], { GIT_EDITOR: `sh "${terminal.repository.path('.git/editor.sh')}"` });
      expect(outcome.stderr).toContain('Aborting commit due to empty commit message');
    }
  });

  test('with comments, scissors and odd text keeps its message', () => {
    terminal.link(12);
    write('changes/12.md', '### Added\n\nTwo.\n');
    terminal.repository.write('.git/message', 'Sübject $(touch pwned) 🎉\n\n---\nBody\n\nSigned-off-by: A <a@b.c>\n');
    const editor = { GIT_EDITOR: `sh -c 'cat .git/message "$0" > .git/all && cat .git/all > "$0"'` };
    expect(terminal.git(['commit', '-v'], editor).status).toBe(0);
    expect(message()).toBe('Sübject $(touch pwned) 🎉\n\n---\nBody\n\nSigned-off-by: A <a@b.c>\nHearth-Item: 12\n');
    expect(terminal.repository.git('ls-files', '--others')).toBe('');
  });

  test('whose message comes from elsewhere gets its trailer too: without a newline, with another comment character', () => {
    terminal.link(12);
    write('changes/12.md', '### Added\n\nTwo.\n');
    expect(terminal.repository.tryGit(['commit', '--cleanup=verbatim', '-F', '-'], { env: terminal.env, input: 'Two' }).status).toBe(0);
    expect(message()).toBe('Two\n\nHearth-Item: 12\n');
    terminal.repository.git('config', 'core.commentChar', ';');
    terminal.repository.write('.git/message', '#1 is fixed\n; not this\n');
    write('a.txt', 'two\n');
    expect(terminal.git(['commit', '-t', '.git/message'], { GIT_EDITOR: 'echo "#2 too" >>' }).status).toBe(0);
    expect(message()).toBe('#1 is fixed\n\n#2 too\n\nHearth-Item: 12\n');
    write('a.txt', 'three\n');
    expect(terminal.git(['commit'], { GIT_EDITOR: 'echo "; nothing" >' }).stderr).toContain('empty commit message');
  });

  test('of a merge in progress asks for no entry, but is scanned', () => {
    terminal.link(12);
    write('changes/12.md', '### Added\n\nTwo.\n');
    write('a.txt', 'two\n');
    write('theirs.txt', `${secret}\n`);
    terminal.commit('Two', '--no-verify');
    terminal.repository.git('switch', '-q', '-c', 'item', 'HEAD~1');
    terminal.link(14);
    write('a.txt', 'three\n');
    terminal.git(['commit', '--no-verify', '-m', 'Three']);
    expect(terminal.git(['merge', 'main']).status).toBe(1);
    write('a.txt', `${secret}\n`);
    const refused = terminal.git(['commit', '--no-edit']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('a.txt:1');
    expect(refused.stderr).not.toContain('theirs.txt');
    write('a.txt', 'both\n');
    expect(terminal.git(['commit', '--no-edit'])).toMatchObject({ status: 0 });
  });

  test('from a folder, a worktree, and a program with an odd environment goes the same way', () => {
    terminal.link(12);
    const worktree = terminal.repository.attach(temporaryFolder('worktree'));
    rmSync(worktree, { recursive: true });
    terminal.repository.git('worktree', 'add', '-q', worktree, '-b', 'beside');
    writeFileSync(join(worktree, 'a.txt'), `${secret}\n`);
    const odd = { PATH: '/usr/bin:/bin', GIT_PAGER: 'false', EDITOR: 'false', LC_ALL: 'tr_TR.UTF-8', NODE_OPTIONS: '', CDPATH: '/tmp' };
    expect(terminal.git(['commit', '-a', '-m', 'Two'], odd, worktree).status).toBe(1);
    writeFileSync(join(worktree, 'a.txt'), 'two\n');
    expect(terminal.git(['commit', '-a', '-m', 'Two'], odd, worktree)).toMatchObject({ status: 0 });
    terminal.repository.write('sub/b.txt', `${secret}\n`);
    terminal.repository.git('add', '.');
    expect(terminal.git(['commit', '-m', 'Two'], odd, terminal.repository.path('sub')).stderr).toContain('sub/b.txt:1');
  });

  test('goes through when Hearth is absent, switched off, or broken', () => {
    write('a.txt', `${secret}\n`);
    const bin = join(terminal.home.path, 'bin/hearth');
    const script = readFileSync(bin, 'utf8');
    const tries: [string, Record<string, string>, string][] = [
      ['', { HEARTH_SKIP_HOOKS: '1' }, script],
      ['', { HEARTH_HOME: '/nowhere' }, script],
      ['Hearth is not installed any more', {}, script.replace(/^program=.*$/m, "program='/nowhere/cli.js'")],
      ['the pre-commit hook did not work (code 1), so nothing was checked', {}, '#!/bin/sh\nexit 1\n'],
    ];
    for (const [said, env, text] of tries) {
      writeFileSync(bin, text);
      const outcome = terminal.git(['commit', '-m', `Two ${said}`], env);
      expect(outcome.status).toBe(0);
      if (said === '') expect(outcome.stderr).toBe('');
      else expect(outcome.stderr).toContain(said);
      terminal.repository.git('reset', '-q', '--soft', 'HEAD~1');
    }
    writeFileSync(bin, script);
    expect(terminal.commit('Two').status).toBe(1);
  });

  test('in a SHA-256 repository is checked too', async () => {
    const other = new Terminal({ objectFormat: 'sha256' });
    try {
      await other.hearth('hooks', 'install');
      other.link(3);
      other.repository.write('a.txt', 'x\n');
      other.repository.git('add', '.');
      expect(other.commit('One').status).toBe(1);
      await other.hearth('changelog', 'add', 'Fixed', 'It.');
      expect(other.commit('One').status).toBe(0);
      expect(other.repository.git('log', '-1', '--format=%(trailers:key=Hearth-Item,valueonly)').trim()).toBe('3');
    } finally {
      await other.dispose();
    }
  });

  test('on a branch that looks like an item’s says how to link it', () => {
    terminal.repository.git('switch', '-q', '-c', 'work/41-login');
    write('a.txt', 'two\n');
    const { status, stderr } = terminal.commit('Two');
    expect(status).toBe(0);
    expect(stderr).toContain('`hearth work start 41 --adopt` links it');
  });
});

describe('a push', () => {
  test('never sends what undo keeps, and may take it off a remote', async () => {
    const remote = terminal.repository.attach(temporaryFolder('remote'));
    terminal.repository.git('init', '-q', '--bare', remote);
    terminal.repository.git('remote', 'add', 'origin', remote);
    terminal.repository.git('update-ref', 'refs/hearth/oplog/1', 'HEAD');
    const hooks = await terminal.hearth('hooks', 'install');
    expect(hooks.code).toBe(0);
    const refused = terminal.git(['push', '--mirror', 'origin']);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('git push --all');
    expect(terminal.git(['push', 'origin', 'refs/hearth/oplog/1:refs/heads/x']).status).not.toBe(0);
    expect(terminal.git(['push', 'origin', 'main']).status).toBe(0);
    terminal.git(['push', '--no-verify', 'origin', 'refs/hearth/oplog/1']);
    expect(terminal.git(['push', 'origin', ':refs/hearth/oplog/1']).status).toBe(0);
    expect(terminal.repository.git('ls-remote', 'origin')).not.toContain('refs/hearth');
  });

  test('gives the hook that was there the same lines, and hears its no', async () => {
    const remote = terminal.repository.attach(temporaryFolder('remote'));
    terminal.repository.git('init', '-q', '--bare', remote);
    terminal.hook(
      'pre-push',
      `#!${process.execPath}\nconst lines = require('node:fs').readFileSync(0, 'utf8').split('refs/heads/main').length - 1;\nconsole.error('saw', process.argv[2], lines);\nprocess.exit(3);\n`,
    );
    await terminal.hearth('hooks', 'install');
    const { status, stderr } = terminal.git(['push', remote, 'main']);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`saw ${remote} 2`);
  });
});

describe('beside another hook', () => {
  test('that one runs first, under its own name, with its arguments, and its no counts', async () => {
    terminal.hook('pre-commit', '#!/bin/sh\necho "$(basename "$0") in $(dirname "$0")" >&2\n');
    terminal.hook('commit-msg', '#!/bin/sh\ngrep -q forbidden "$1" && exit 7\nexit 0\n');
    await terminal.hearth('hooks', 'install');
    write('a.txt', 'two\n');
    const { stderr, status } = terminal.commit('Two');
    expect({ stderr, status }).toEqual({ stderr: 'pre-commit in .git/hooks\n', status: 0 });
    write('a.txt', 'three\n');
    expect(terminal.commit('forbidden').status).toBe(1);
    write('a.txt', `${secret}\n`);
    expect(terminal.commit('Three').status).toBe(1);
  });

  test('that git would not run is not run', async () => {
    terminal.hook('pre-commit', '#!/bin/sh\nexit 1\n', 0o644);
    await terminal.hearth('hooks', 'install');
    write('a.txt', 'two\n');
    expect(terminal.commit('Two').status).toBe(0);
  });

  test('of husky, the files of .husky run as husky runs them', async () => {
    const wrapper = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n';
    terminal.hook(
      'h',
      'n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ -f "$s" ] || exit 0\nsh -e "$s" "$@"\nexit $?\n',
      0o644,
      '.husky/_',
    );
    for (const name of ['pre-commit', 'commit-msg', 'post-commit', 'pre-push']) terminal.hook(name, wrapper, 0o755, '.husky/_');
    terminal.repository.write('.husky/_/.gitignore', '*\n');
    terminal.hook('pre-commit', 'echo "husky runs" >&2\ntest ! -e stop\n', 0o644, '.husky');
    terminal.repository.git('config', 'core.hooksPath', '.husky/_');
    terminal.repository.commit('Husky');
    const before = snapshot(terminal.repository.path('.husky'));
    const { code, stderr } = await terminal.hearth('hooks', 'install');
    expect({ code, warned: /belongs to the repository/.test(stderr) }).toEqual({ code: 0, warned: true });
    expect(await terminal.json('hooks', 'status')).toMatchObject({ kind: 'husky', folder: terminal.repository.path('.husky') });
    expect(readFileSync(terminal.repository.path('.husky/pre-commit'), 'utf8')).not.toContain(terminal.home.path);
    terminal.repository.git('add', '.');
    expect(terminal.commit('Hooks').stderr).toContain('husky runs');
    write('a.txt', `${secret}\n`);
    expect(terminal.commit('Two').status).toBe(1);
    write('a.txt', 'two\n');
    terminal.repository.write('stop', '');
    expect(terminal.commit('Two').status).toBe(1);
    terminal.repository.remove('stop');
    writeFileSync(join(terminal.home.path, 'bin/hearth'), '#!/bin/sh\nexit 1\n');
    expect(terminal.commit('Two')).toMatchObject({ status: 0, stderr: expect.stringContaining('did not work (code 1)') });
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(snapshot(terminal.repository.path('.husky'))).toEqual(before);
  });

  test('in a folder of core.hooksPath, also outside of the repository', async () => {
    const folder = terminal.repository.attach(temporaryFolder('hooks'));
    writeFileSync(join(folder, 'pre-commit'), '#!/bin/sh\necho mine >&2\n', { mode: 0o755 });
    terminal.repository.git('config', 'core.hooksPath', folder);
    const { code, stderr } = await terminal.hearth('hooks', 'install');
    expect({ code, warned: stderr.includes('is outside of this repository') }).toEqual({ code: 0, warned: true });
    write('a.txt', `${secret}\n`);
    expect(terminal.commit('Two')).toMatchObject({ status: 1, stderr: expect.stringContaining('mine\n') });
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(Object.keys(snapshot(folder))).toEqual(['pre-commit']);
  });

  test('that pre-commit puts over ours, both run', async () => {
    await terminal.hearth('hooks', 'install');
    const folder = terminal.repository.path('.git/hooks');
    renameSync(join(folder, 'pre-commit'), join(folder, 'pre-commit.legacy'));
    terminal.hook('pre-commit', '#!/usr/bin/env bash\necho framework >&2\n"$(cd "$(dirname "$0")" && pwd)/pre-commit.legacy" "$@"\n');
    write('a.txt', `${secret}\n`);
    expect(terminal.commit('Two')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^framework\n[\s\S]*secret of GitHub/) });
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
  });
});

describe('what is left behind', () => {
  const folder = () => terminal.repository.path('.git/hooks');

  test.each<[string, (place: string) => void]>([
    ['nothing', () => {}],
    ['a script', (place) => writeFileSync(join(place, 'pre-commit'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })],
    ['a file that is not executable', (place) => writeFileSync(join(place, 'pre-commit'), 'x', { mode: 0o640 })],
    ['a program', (place) => copyFileSync('/bin/true', join(place, 'pre-push'))],
    ['lines that end in CRLF', (place) => writeFileSync(join(place, 'commit-msg'), '#!/bin/sh\r\nexit 0\r\n', { mode: 0o755 })],
    ['a link', (place) => symlinkSync('../../tools/hook.sh', join(place, 'pre-commit'))],
    ['an empty file', (place) => writeFileSync(join(place, 'post-commit'), '', { mode: 0o755 })],
    [
      'a read-only file of no encoding',
      (place) => writeFileSync(join(place, 'pre-push'), Buffer.from([0, 255, 13, 10, 35]), { mode: 0o555 }),
    ],
  ])('%s is as it was before, byte for byte', async (_what, prepare) => {
    mkdirSync(folder());
    prepare(folder());
    const before = snapshot(folder());
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
    const installed = snapshot(folder());
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
    expect(snapshot(folder())).toEqual(installed);
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(snapshot(folder())).toEqual(before);
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(snapshot(folder())).toEqual(before);
  });

  test('what somebody changed is left, and said', async () => {
    terminal.hook('pre-commit', '#!/bin/sh\nexit 0\n');
    await terminal.hearth('hooks', 'install');
    writeFileSync(join(folder(), 'pre-push'), `${readFileSync(join(folder(), 'pre-push'), 'utf8')}echo mine\n`);
    writeFileSync(join(folder(), 'pre-commit'), '#!/bin/sh\necho theirs\n');
    const before = snapshot(folder());
    for (const verb of ['install', 'remove']) {
      const { code, stderr } = await terminal.hearth('hooks', verb);
      expect(code).toBe(1);
      expect(stderr).toMatch(/pre-commit was replaced since Hearth installed its hook, so it was left/);
      expect(stderr).toMatch(/pre-push is Hearth's pre-push hook, but somebody changed it/);
      const now = snapshot(folder());
      for (const name of ['pre-commit', 'pre-commit.before-hearth', 'pre-push']) expect(now[name]).toBe(before[name]);
    }
    const status = await terminal.json<{ hooks: { name: string; state: string }[] }>('hooks', 'status');
    expect(status.hooks.map(({ state }) => state)).toEqual(['changed', 'absent', 'absent', 'changed']);
  });

  test('what a crash left is put right, by installing or removing', async () => {
    terminal.hook('pre-commit', '#!/bin/sh\nexit 0\n');
    const before = snapshot(folder());
    // Between the second name of the old hook and ours in its place.
    linkSync(join(folder(), 'pre-commit'), join(folder(), 'pre-commit.before-hearth'));
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(snapshot(folder())).toEqual(before);
    linkSync(join(folder(), 'pre-commit'), join(folder(), 'pre-commit.before-hearth'));
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
    // Somebody deletes ours: the old one comes back.
    rmSync(join(folder(), 'pre-commit'));
    expect((await terminal.hearth('hooks', 'remove')).code).toBe(0);
    expect(snapshot(folder())).toEqual(before);
  });

  test('a script of another version is replaced', async () => {
    await terminal.hearth('hooks', 'install');
    const file = join(folder(), 'pre-commit');
    const { createHash } = await import('node:crypto');
    const blank = '#!/bin/sh\n# hearth-hook 0 pre-commit 0000000000000000\nexit 0\n';
    const sum = createHash('sha256').update(blank).digest('hex').slice(0, 16);
    const now = readFileSync(file, 'utf8');
    writeFileSync(file, blank.replace('0000000000000000', sum));
    expect((await terminal.json<{ hooks: { state: string }[] }>('hooks', 'status')).hooks[0]?.state).toBe('installed');
    expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(now);
  });

  test('hooks that are switched off are not switched on', async () => {
    terminal.repository.git('config', 'core.hooksPath', '/dev/null');
    const { code, stderr } = await terminal.hearth('hooks', 'install');
    expect(code).toBe(1);
    expect(stderr).toContain('Hooks are switched off here: core.hooksPath is /dev/null.');
  });
});

test('their state is told without trust as with it, also from core.hooksPath', async () => {
  const both = () => Promise.all([terminal.json('hooks', 'status'), terminal.json('hooks', 'status', '--untrusted')]);
  expect((await terminal.hearth('hooks', 'install')).code).toBe(0);
  const [seen, wary] = await both();
  expect(wary).toEqual(seen);
  terminal.repository.git('config', 'core.hooksPath', 'tools/hooks');
  const [other, warier] = await both();
  expect(other).toMatchObject({ kind: 'hooksPath', folder: terminal.repository.path('tools/hooks') });
  expect(warier).toEqual(other);
});
