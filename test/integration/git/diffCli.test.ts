import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { invalidUtf8Names } from '../../support/repositories/hostileNames.ts';
import { createRepository, hermeticEnvironment, Repository, temporaryFolder } from '../../support/repositories/repository.ts';

const cli = path.resolve(import.meta.dirname, '../../../server/cli/main.ts');
let repository: Repository;
const folder = temporaryFolder('cli');

beforeAll(() => {
  repository = createRepository();
  repository.write('a.txt', 'one\ntwo\n');
  repository.write('sub/b "quoted" name.txt', 'b\n');
  repository.write('bin', Buffer.from([0, 1]));
  repository.commit('First');
  repository.git('checkout', '--quiet', '-b', 'topic');
  repository.write('topic.txt', 'topic\n');
  repository.commit('Topic');
  repository.git('checkout', '--quiet', 'main');
  repository.write('a.txt', 'one\nTWO\n');
  repository.write('sub/b "quoted" name.txt', 'b\nc\n');
  repository.write('bin', Buffer.from([0, 2]));
  repository.commit('Second');
  repository.write('a.txt', 'one\nstash\n');
  repository.git('stash', '--quiet');
  repository.write('a.txt', 'staged\nTWO\n');
  repository.git('add', 'a.txt');
  repository.write('a.txt', 'staged\nworking\n');
  repository.write('new.txt', 'new\n');
});
afterAll(() => {
  repository.dispose();
  new Repository(folder).dispose();
});

function run(args: string[], cwd = repository.root, root = repository): { status: number | null; out: string; error: string } {
  expect(root.root).not.toBe('');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'git', 'diff', ...args], {
    cwd,
    env: hermeticEnvironment({ NODE_NO_WARNINGS: '1', HEARTH_CHECK_RESULTS: '1' }),
    maxBuffer: 1 << 28,
  });
  return { status, out: stdout.toString(), error: stderr.toString() };
}

/** Ids are whole in ours and abbreviated in git's. */
const plain = (patch: string) => patch.replace(/^index .*\n/gm, '');

test.each([
  [[]],
  [['--cached']],
  [['--staged', 'HEAD~1']],
  [['HEAD~1']],
  [['HEAD~1', 'HEAD']],
  [['HEAD~1..topic']],
  [['topic...main']],
  [['...topic']],
  [['stash@{0}']],
  [['-R', 'HEAD~1', 'HEAD']],
  [['-U0', '-w', 'HEAD~1', '--', 'a.txt']],
  [['HEAD~1', 'HEAD', '--', 'sub']],
])('%j prints what git prints', (args) => {
  const git = repository.git(
    '-c',
    'core.quotePath=false',
    'diff',
    '-M',
    ...(args.includes('-R') ? ['--src-prefix=b/', '--dst-prefix=a/'] : []),
    ...args,
  );
  const ours = run(args);
  expect(ours.error).toBe('');
  expect(ours.status).toBe(0);
  expect(plain(ours.out)).toBe(plain(git === '' ? '' : `${git}\n`));
  expect(ours.out).not.toBe('');
});

test('--numstat and --name-only print what git prints, --stat its totals', () => {
  for (const shape of ['--numstat', '--name-only']) {
    expect(run(['HEAD~1', 'HEAD', shape]).out).toBe(`${repository.git('diff', shape, 'HEAD~1', 'HEAD')}\n`);
  }
  const last = (text: string) => text.trimEnd().split('\n').at(-1);
  expect(last(run(['HEAD~1', 'HEAD', '--stat']).out)).toBe(last(repository.git('diff', '--stat', 'HEAD~1', 'HEAD')));
});

test('--json is one document of exactly this shape', () => {
  const { out } = run(['HEAD~1', '--json']);
  const document = JSON.parse(out);
  expect(Object.keys(document)).toEqual(['from', 'to', 'files', 'totals']);
  expect(document.from).toEqual({ side: { kind: 'commit', revision: 'HEAD~1' }, label: 'HEAD~1', commit: repository.head('HEAD~1') });
  expect(document.to).toEqual({ side: { kind: 'worktree' }, label: 'Working Tree' });
  expect(document.files).toEqual([
    { path: 'a.txt', status: 'modified', additions: 2, deletions: 2, binary: false, oldMode: '100644', newMode: '100644' },
    { path: 'bin', status: 'modified', additions: 0, deletions: 0, binary: true, oldMode: '100644', newMode: '100644' },
    {
      path: 'sub/b "quoted" name.txt',
      status: 'modified',
      additions: 1,
      deletions: 0,
      binary: false,
      oldMode: '100644',
      newMode: '100644',
    },
  ]);
  expect(document.totals).toEqual({ files: 3, additions: 3, deletions: 2 });
  expect(JSON.parse(run(['HEAD~1', '--json', '--untracked']).out).files.at(-1)).toMatchObject({ path: 'new.txt', status: 'untracked' });
});

test('names that are not UTF-8 carry their bytes', () => {
  const { repository: other, names } = invalidUtf8Names();
  using _ = other;
  const { files } = JSON.parse(run(['HEAD~1', 'HEAD', '--json'], other.root, other).out);
  expect(files[0]).toMatchObject({ path: 'caf\ufffd.txt', pathBytes: (names[0] as Buffer).toString('base64') });
});

test('paths are relative to where it runs, output to the repository', () => {
  const sub = path.join(repository.root, 'sub');
  expect(run(['HEAD~1', 'HEAD', '--name-only', '--', '.'], sub).out).toBe('"sub/b \\"quoted\\" name.txt"\n');
  expect(run(['HEAD~1', 'HEAD', '--name-only', '--', '../a.txt'], sub).out).toBe('a.txt\n');
  expect(run(['HEAD~1', 'HEAD', '--name-only', '--repo', repository.root, '--', 'a.txt'], folder).out).toBe('a.txt\n');
});

test('exports go to a file, or to standard output', () => {
  for (const format of ['html', 'md', 'json', 'patch']) {
    const file = path.join(folder, `changes.${format}`);
    const written = run(['HEAD~1', 'HEAD', '--out', file]);
    expect(written).toMatchObject({ status: 0, out: '' });
    expect(written.error).toContain('3 files');
    expect(run(['HEAD~1', 'HEAD', '--format', format]).out).toBe(readFileSync(file, 'utf8'));
  }
  const told = run(['HEAD~1', 'HEAD', '--out', path.join(folder, 'x.html'), '--layout', 'unified', '--json']);
  expect(JSON.parse(told.out)).toMatchObject({ format: 'html', files: 3 });
  expect(readFileSync(path.join(folder, 'x.html'), 'utf8')).toContain('<body class="unified">');
});

test('wrong usage says how, with exit code 2; what is not there, with 1', () => {
  expect(run(['a', 'b', 'c'])).toMatchObject({ status: 2, error: expect.stringContaining('At most two sides') });
  expect(run(['--out', 'x.doc'])).toMatchObject({ status: 2, error: expect.stringContaining('Which format') });
  expect(run(['--format', 'pdf'])).toMatchObject({ status: 2 });
  expect(run(['-U', 'x'])).toMatchObject({ status: 2 });
  expect(run(['nowhere'])).toMatchObject({
    status: 1,
    error: 'hearth: There is no revision "nowhere" here. Check the spelling, or fetch it first.\n',
  });
  expect(run(['a.txt'])).toMatchObject({ status: 1, error: expect.stringContaining('Put -- before a.txt if you mean the file.') });
  expect(run([], folder)).toMatchObject({ status: 1, error: expect.stringContaining('not inside a git repository') });
});

test('a disk that takes no more is one sentence, and nothing is left', () => {
  const target = path.join(folder, 'full');
  const script = `ulimit -f 1; exec "$0" "$@"`;
  writeFileSync(target, 'kept');
  const { status, stderr } = spawnSync(
    'bash',
    [
      '-c',
      script,
      process.execPath,
      cli,
      'git',
      'diff',
      '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      'HEAD',
      '--format',
      'html',
      '--out',
      target,
    ],
    { cwd: repository.root, env: hermeticEnvironment({ NODE_NO_WARNINGS: '1' }), encoding: 'utf8' },
  );
  expect(stderr).toBe(`hearth: The disk is full: ${target} was not written. Free some space and try again.\n`);
  expect(status).toBe(1);
  expect(readFileSync(target, 'utf8')).toBe('kept');
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a repository nobody trusts runs nothing it configures', () => {
  using trap = createRepository();
  const mark = path.join(folder, 'sprung');
  const script = path.join(folder, 'trap.sh');
  writeFileSync(script, `#!/bin/sh\ntouch ${mark}\ncat\n`);
  chmodSync(script, 0o755);
  trap.write('.gitattributes', '* filter=trap diff=trap\n');
  trap.write('a.txt', 'a\n');
  trap.commit('First');
  for (const key of ['filter.trap.clean', 'diff.trap.textconv', 'diff.trap.command', 'diff.external', 'core.fsmonitor'])
    trap.git('config', key, script);
  trap.write('a.txt', 'b\n');
  for (const args of [['--json'], [], ['--format', 'html'], ['--format', 'patch', 'HEAD']]) {
    const { status, error } = run(['--untrusted', ...args], trap.root, trap);
    expect([status, error]).toEqual([0, '']);
    expect(existsSync(mark), args.join(' ')).toBe(false);
  }
});
