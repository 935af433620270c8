import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blame } from '../../../server/protocol/git.ts';
import { info } from '../../../server/protocol/session.ts';
import { gitBlame, gitBlames, ourBlame } from '../../support/blame.ts';
import { generatedRepository, LONG_FILE, listFiles, sample } from '../../support/repositories/generated.ts';
import { createRepository, hermeticEnvironment, type Repository } from '../../support/repositories/repository.ts';
import { ensureBuilt, startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let home: string;
const opened: Repository[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hearth-home-'));
  server = await startServer({ env: { ...hermeticEnvironment(), HEARTH_HOME: home } });
});

afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
  for (const repository of opened) repository.dispose();
});

function fresh(): Repository {
  const repository = createRepository();
  opened.push(repository);
  return repository;
}

async function ours(root: string, path: string, more: Record<string, unknown> = {}) {
  return ourBlame(await server.send(blame, { repository: root, file: { path }, ...more }));
}

/** Five commits by three people: edits, a rename with an edit, a merge, a root with everything. */
function storied(): Repository {
  const repository = fresh();
  const bob = { author: { name: 'Bob Bäcker', email: 'bob@example.test' } };
  repository.write('a.txt', 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n');
  repository.commit('Root');
  repository.write('a.txt', 'one\nTWO\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\n');
  repository.commit('Second: “quotes” and <b>', bob);
  repository.git('switch', '-q', '-c', 'side', 'HEAD~1');
  repository.write('a.txt', 'one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\neight\nnine\nten\n');
  repository.commit('On the side', bob);
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', '--no-edit', 'side');
  repository.git('mv', 'a.txt', 'b "quoted" ü.txt');
  repository.write('b "quoted" ü.txt', 'zero\none\nTWO\nthree\nfour\nfive\nsix\nSEVEN\neight\nnine\nten\neleven\n');
  repository.commit('Rename and edit');
  return repository;
}

describe('blame equals git, line by line', () => {
  it('over edits, a merge and a rename with an odd name', async () => {
    const { root } = storied();
    expect(await ours(root, 'b "quoted" ü.txt')).toEqual(gitBlame(root, ['--', 'b "quoted" ü.txt']));
    expect(await ours(root, 'a.txt', { revision: 'HEAD~1' })).toEqual(gitBlame(root, ['HEAD~1', '--', 'a.txt']));
    expect(await ours(root, 'a.txt', { revision: 'side', lines: { start: 3, end: 8 } })).toEqual(
      gitBlame(root, ['-L3,8', 'side', '--', 'a.txt']),
    );
  });

  it('of a working file with changes on top, and of contents in its place', async () => {
    const repository = storied();
    const path = 'b "quoted" ü.txt';
    repository.write(path, 'zero\none\nTWO\nchanged\nfour\nsix\nSEVEN\neight\nnine\nten\neleven\nnew\n');
    expect(await ours(repository.root, path)).toEqual(gitBlame(repository.root, ['--', path]));
    const contents = 'one\ninserted\nthree\nfour\nten';
    expect(await ours(repository.root, path, { contents })).toEqual(gitBlame(repository.root, ['--contents', '-', '--', path], contents));
    expect(await ours(repository.root, path, { lines: { start: 2, end: 4 } })).toEqual(gitBlame(repository.root, ['-L2,4', '--', path]));
  });

  it.each([
    ['white space', { ignoreWhitespace: true }, ['-w']],
    ['moves', { moves: true }, ['-M']],
    ['copies', { copies: 1 as const }, ['-C']],
    ['copies, further', { copies: 3 as const }, ['-C', '-C', '-C']],
  ])('with %s', async (_name, options, args) => {
    const repository = fresh();
    const block = Array.from({ length: 12 }, (_, index) => `  a line long enough to be found again, number ${index}`);
    const other = Array.from({ length: 12 }, (_, index) => `another line with a lot of letters and digits ${index * 7}`);
    repository.write('a.txt', `${[...block, ...other].join('\n')}\n`);
    repository.commit('One');
    repository.write('a.txt', `${[...other, ...block.map((line) => line.trim())].join('\n')}\n`);
    repository.write('b.txt', `${block.slice(2, 10).join('\n')}\n`);
    repository.commit('Two');
    repository.write('b.txt', `${[...block.slice(2, 10), ...other.slice(3, 9)].join('\n')}\n`);
    for (const path of ['a.txt', 'b.txt']) {
      expect(await ours(repository.root, path, { options })).toEqual(gitBlame(repository.root, [...args, '--', path]));
      expect(await ours(repository.root, path, { options, revision: 'HEAD' })).toEqual(
        gitBlame(repository.root, [...args, 'HEAD', '--', path]),
      );
    }
  });

  it('while a merge with conflicts is in progress', async () => {
    const repository = storied();
    const path = 'b "quoted" ü.txt';
    repository.git('switch', '-q', '-c', 'theirs', 'HEAD~1');
    repository.write('a.txt', 'one\nTHEIRS\nthree\nfour\nfive\nsix\nSEVEN\neight\nnine\nTEN THEIRS\neleven\n');
    repository.commit('Theirs');
    repository.git('switch', '-q', 'main');
    repository.write(path, 'zero\none\nOURS\nthree\nfour\nfive\nsix\nSEVEN\neight\nnine\nten\neleven\n');
    repository.commit('Ours');
    repository.tryGit(['merge', 'theirs']);
    expect(await ours(repository.root, path)).toEqual(gitBlame(repository.root, ['--', path]));
  });

  it('of files with CRLF, mixed and missing line ends, UTF-16, no text, a link, and one staged but not committed', async () => {
    const repository = fresh();
    const files: Record<string, string | Buffer> = {
      crlf: 'a\r\nb\r\nc\r\n',
      mixed: 'a\r\nb\nc\rd\n',
      unended: 'a\nb',
      empty: '',
      utf16: Buffer.from('\ufeffone\ntwo\nthree\n', 'utf16le'),
      binary: Buffer.from([0, 1, 2, 10, 3, 10, 255]),
    };
    for (const [name, text] of Object.entries(files)) repository.write(name, text);
    repository.commit('All');
    repository.git('config', 'core.autocrlf', 'true');
    repository.write('crlf', 'a\r\nB\r\nc\r\n');
    repository.write('mixed', 'a\r\nb\nc\rd\nlast\n');
    repository.write('unended', 'a\nb\n');
    repository.write('utf16', Buffer.from('\ufeffone\nTWO\nthree\n', 'utf16le'));
    repository.write('staged', 'new\nfile\n');
    repository.git('add', 'staged');
    for (const name of [...Object.keys(files), 'staged']) {
      expect([name, await ours(repository.root, name)]).toEqual([name, gitBlame(repository.root, ['--', name])]);
    }
  });

  it('of files that hold the bytes of HEAD, where git compares something else: a filter, a macro, line ends, a link that became a file', async () => {
    const repository = fresh();
    repository.write('filtered.txt', 'one\ntwo\n');
    repository.write('deep/macro.md', 'one\ntwo\n');
    repository.write('ends.crlf', 'one\r\ntwo\r\n');
    repository.write('plain', 'one\ntwo\n');
    symlinkSync('plain', join(repository.root, 'link'));
    repository.commit('All');
    repository.git('config', 'filter.upper.clean', 'tr a-z A-Z');
    repository.write('.gitattributes', '[attr]loud filter=upper\n*.txt filter=upper\n*.crlf text eol=crlf\n');
    repository.write('deep/.gitattributes', '*.md loud\n');
    rmSync(join(repository.root, 'link'));
    repository.write('link', 'plain');
    const uncommitted = [];
    for (const name of ['filtered.txt', 'deep/macro.md', 'ends.crlf', 'plain', 'link']) {
      const git = gitBlame(repository.root, ['--', name]);
      expect([name, await ours(repository.root, name)]).toEqual([name, git]);
      if (git.every(({ commit }) => /^0+$/.test(commit))) uncommitted.push(name);
    }
    expect(uncommitted).toEqual(['filtered.txt', 'deep/macro.md', 'ends.crlf', 'link']);
  });

  it('in a SHA-256 repository, detached, shallow', async () => {
    const repository = createRepository({ objectFormat: 'sha256' });
    opened.push(repository);
    repository.write('a', '1\n2\n');
    repository.commit('One');
    repository.write('a', '1\n3\n');
    repository.commit('Two');
    repository.git('switch', '-q', '--detach', 'HEAD');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    const source = storied();
    const target = repository.attach(mkdtempSync(join(tmpdir(), 'hearth-shallow-')));
    source.git('clone', '-q', '--depth', '2', `file://${source.root}`, target);
    expect(await ours(target, 'b "quoted" ü.txt')).toEqual(gitBlame(target, ['--', 'b "quoted" ü.txt']));
  });
});

describe('what cannot be blamed is said in one sentence', () => {
  it.each([
    ['untracked', 'not-found', /not tracked/],
    ['nowhere', 'not-found', /no file nowhere/],
    ['folder', 'invalid', /is a folder/],
    ['deleted', 'not-found', /no file deleted/],
  ])('%s', async (path, reason, sentence) => {
    const repository = fresh();
    repository.write('deleted', 'x\n');
    repository.write('folder/file', 'x\n');
    repository.commit('One');
    repository.remove('deleted');
    repository.write('untracked', 'x\n');
    await expect(server.send(blame, { repository: repository.root, file: { path } })).rejects.toMatchObject({
      message: expect.stringMatching(sentence),
      data: { reason },
    });
  });

  it('a branch without commits, a missing revision, lines beyond the end', async () => {
    const repository = fresh();
    repository.write('a', 'x\n');
    const ask = (more = {}) => server.send(blame, { repository: repository.root, file: { path: 'a' }, ...more });
    await expect(ask()).rejects.toMatchObject({ data: { reason: 'not-found' }, message: expect.stringMatching(/no commits yet/) });
    repository.commit('One');
    await expect(ask({ revision: 'nope' })).rejects.toMatchObject({ data: { reason: 'not-found' } });
    await expect(ask({ lines: { start: 5, end: 9 } })).rejects.toMatchObject({ data: { reason: 'invalid' } });
    await expect(ask({ revision: 'HEAD', lines: { start: 5, end: 9 } })).rejects.toMatchObject({ data: { reason: 'invalid' } });
    await ask();
    await expect(ask({ lines: { start: 5, end: 9 } })).rejects.toMatchObject({ data: { reason: 'invalid' } });
  });
});

describe('ignored revisions', () => {
  it('of the customary file and of the configuration, and none when not wanted', async () => {
    const repository = fresh();
    repository.write('a', 'f(a,b)\nsame\ng(c,d)\n');
    repository.commit('Code');
    repository.write('a', 'f(a, b)\nsame\ng(c, d)\n');
    const format = repository.commit('Format');
    repository.write('.git-blame-ignore-revs', `# formatting\n${format} # all of it\n`);
    repository.commit('Ignore');
    expect(await ours(repository.root, 'a')).toEqual(
      gitBlame(repository.root, ['--ignore-revs-file', '.git-blame-ignore-revs', '--', 'a']),
    );
    expect(await ours(repository.root, 'a', { options: { ignoreRevs: false } })).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.git('mv', '.git-blame-ignore-revs', 'ignored');
    repository.git('config', 'blame.ignoreRevsFile', 'ignored');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    expect(await ours(repository.root, 'a', { options: { ignoreRevs: false } })).toEqual(
      gitBlame(repository.root, ['--ignore-revs-file', '', '--', 'a']),
    );
  });

  it('a list with a mistake is honoured as far as it can be read, and the mistake is said', async () => {
    const repository = fresh();
    repository.write('a', 'f(a,b)\n');
    repository.commit('Code');
    repository.write('a', 'f(a, b)\n');
    const format = repository.commit('Format');
    repository.write('.git-blame-ignore-revs', `abc123\n${format}\n`);
    const result = await server.send(blame, { repository: repository.root, file: { path: 'a' } });
    expect(result.warnings).toEqual([expect.stringMatching(/\.git-blame-ignore-revs.*line 1/)]);
    expect(ourBlame(result)).toEqual(gitBlame(repository.root, ['--ignore-rev', format, '--', 'a']));
  });
});

describe('a configured list that git refuses', () => {
  it.each([
    ['is missing', 'no-such-file', []],
    ['has a mistake', 'list', ['nonsense']],
  ])('%s: blame works, with what can be read, and says so', async (_name, value, wrong) => {
    const repository = fresh();
    repository.write('a', 'f(a,b)\n');
    repository.commit('Code');
    repository.write('a', 'f(a, b)\n');
    const format = repository.commit('Format');
    repository.write('list', `${[...wrong, format].join('\n')}\n`);
    repository.git('config', 'blame.ignoreRevsFile', value);
    const outcome = repository.tryGit(['blame', 'a']);
    expect(outcome.status).not.toBe(0);
    repository.write('a', 'f(a, b)\nnew\n');
    const result = await server.send(blame, { repository: repository.root, file: { path: 'a' } });
    expect(result.warnings).toEqual([expect.stringMatching(/blame\.ignoreRevsFile/)]);
    repository.git('config', '--unset', 'blame.ignoreRevsFile');
    expect(ourBlame(result)).toEqual(gitBlame(repository.root, [...(value === 'list' ? ['--ignore-rev', format] : []), '--', 'a']));
  });
});

describe('rows stream', () => {
  it('the visible lines first, each line once, together the whole answer', async () => {
    const { root } = await generatedRepository({ files: 100, commits: 500 });
    const path = longest(root);
    const whole = await server.send(blame, { repository: root, file: { path }, options: { copies: 0 } });
    const seen = new Map<number, string>();
    const summary = await server.send(
      blame,
      { repository: root, file: { path }, visible: { start: 20, end: 30 } },
      {
        onPartial: ({ runs }) => {
          runs.line.forEach((line, index) => {
            for (let at = 0; at < (runs.count[index] ?? 0); at++) {
              expect(seen.has(line + at)).toBe(false);
              seen.set(line + at, runs.commit[index] as string);
            }
          });
        },
      },
    );
    expect(summary.lines).toBeUndefined();
    expect(summary.lineCount).toBe(whole.lines?.commit.length);
    expect([...seen.keys()][0]).toBe(20);
    expect(Array.from({ length: seen.size }, (_, index) => seen.get(index + 1))).toEqual(whole.lines?.commit);
  });
});

describe('hearth git blame', () => {
  function run(root: string, args: string[], input?: string) {
    ensureBuilt();
    return spawnSync(process.execPath, [join(import.meta.dirname, '../../../dist/cli.js'), 'git', 'blame', ...args], {
      cwd: root,
      input: input ?? '',
      encoding: 'utf8',
      env: { ...hermeticEnvironment(), HEARTH_HOME: home },
    });
  }

  it('prints JSON of exactly the promised shape, equal to git', () => {
    const { root } = storied();
    const path = 'b "quoted" ü.txt';
    const answer = JSON.parse(run(root, ['--json', '--', path]).stdout);
    expect(Object.keys(answer)).toEqual(['path', 'revision', 'lines', 'origins', 'commits']);
    expect(answer.path).toBe(path);
    expect(ourBlame(answer)).toEqual(gitBlame(root, ['--', path]));
    const part = JSON.parse(run(root, [path, '--json', '--lines', '2,3', '--contents', '-'], 'one\nnew\nTWO\n').stdout);
    expect(ourBlame(part)).toEqual(gitBlame(root, ['-L2,3', '--contents', '-', '--', path], 'one\nnew\nTWO\n'));
  });

  it('prints lines for a person, and one sentence when it cannot', () => {
    const { root } = storied();
    const lines = run(root, ['a.txt', '--rev', 'HEAD~1', '--iso']).stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\^[0-9a-f]{7} \(Ada Example +2024-01-01 00:01:00 \+0000 +1\) one$/);
    expect(lines[1]).toMatch(/^[0-9a-f]{8} \(Bob Bäcker +2024-01-01 00:02:00 \+0000 +2\) TWO$/);
    const wrong = run(root, ['nowhere']);
    expect([wrong.status, wrong.stdout, wrong.stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(run(root, ['a.txt', '--lines', '5']).status).toBe(2);
  });
});

describe('cancelled', () => {
  it('no git process is left when the reply comes, also after many at once', async () => {
    const { root } = await generatedRepository();
    // Git's own rows, and then no end: however late this process gets its turn, it cancels what still runs.
    const endless = join(home, 'endless-git');
    writeFileSync(endless, '#!/bin/sh\ncase " $* " in *" blame "*) git "$@"; exec sleep 1000;; esac\nexec git "$@"\n', { mode: 0o755 });
    const own = await startServer({
      env: { ...hermeticEnvironment(), HEARTH_HOME: join(home, 'cancelled') },
      gitPath: endless,
    });
    try {
      for (const visible of [undefined, { start: 4000, end: 4060 }]) {
        for (const wait of [0, 10, 40, 120]) {
          const abort = new AbortController();
          const asked = Array.from({ length: 5 }, () =>
            own.send(
              blame,
              { repository: root, file: { path: LONG_FILE }, ...(visible && { visible }) },
              { signal: abort.signal, onPartial: () => {} },
            ),
          );
          setTimeout(() => abort.abort(), wait);
          for (const result of await Promise.allSettled(asked)) {
            expect(result).toMatchObject({ status: 'rejected', reason: { data: { reason: 'cancelled' } } });
          }
          expect((await own.send(info, {})).processes.running).toBe(0);
        }
      }
    } finally {
      await own.close();
    }
  });
});

function longest(root: string): string {
  return listFiles(root, 'text').reduce(
    (best, path) => (gitBlame(root, ['--', path]).length > gitBlame(root, ['--', best]).length ? path : best),
    listFiles(root, 'text')[0] as string,
  );
}

const everything = process.env['HEARTH_CI'] === '1';

describe('a repository of thousands of files', () => {
  it(everything ? 'every text file' : '200 files by seed', { timeout: 1_800_000 }, async () => {
    const roots = [(await generatedRepository()).root];
    if (process.env['HEARTH_TEST_REPO']) roots.push(process.env['HEARTH_TEST_REPO']);
    for (const root of roots) {
      const files = listFiles(root, 'text');
      const chosen = everything ? files : sample(files, 200, 20);
      expect(chosen.length).toBeGreaterThan(0);
      const ignore = ['--ignore-revs-file', '.git-blame-ignore-revs'];
      const honoured = listFiles(root).includes('.git-blame-ignore-revs') ? ignore : [];
      for (let at = 0; at < chosen.length; at += 100) {
        const paths = chosen.slice(at, at + 100);
        const git = gitBlames(root, honoured, paths);
        for (const [index, path] of paths.entries()) {
          const mine = await ours(root, path);
          // To compare a million fields one by one takes longer than to blame them.
          if (JSON.stringify(mine) !== JSON.stringify(git[index])) expect([path, mine]).toEqual([path, git[index]]);
        }
      }
    }
  });
});
