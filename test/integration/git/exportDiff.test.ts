import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diffExport, diffList } from '../../../server/protocol/git.ts';
import type { Side } from '../../../server/protocol/gitTypes.ts';
import { submodule } from '../../support/repositories/hostile.ts';
import { hostileText, invalidUtf8Names, oddContents, oddNames, symbolicLinks } from '../../support/repositories/hostileNames.ts';
import { bigDiff3MB } from '../../support/repositories/large.ts';
import { createRepository, Repository, runGit, temporaryFolder } from '../../support/repositories/repository.ts';
import { commit, empty, type Handlers, index, openHandlers, worktree } from './diffSupport.ts';

let handlers: Handlers;
const folder = temporaryFolder('export');
beforeAll(() => {
  handlers = openHandlers();
});
afterAll(() => {
  handlers.dispose();
  new Repository(folder).dispose();
});

type Format = 'html' | 'md' | 'json' | 'patch';

async function text(repository: Repository, format: Format, from: Side, to: Side, more: object = {}): Promise<Buffer> {
  const { chunks = [], bytes } = await handlers.send(diffExport, { repository: repository.root, from, to, format, ...more });
  const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'base64')));
  expect(whole.length).toBe(bytes);
  return whole;
}

test('the page lists what came between the commits of a submodule, as text', async () => {
  using state = submodule();
  const { repository, module } = state;
  const inner = new Repository(repository.path(module));
  inner.git('checkout', '--quiet', state.before);
  for (const subject of ['Größer & <b>bold</b>', 'Twice', 'Twice']) inner.git('commit', '--quiet', '--allow-empty', '-m', subject);
  const page = (await text(repository, 'html', commit('HEAD'), worktree)).toString();
  expect(page.match(/<ul class="log">(.*?)<\/ul>/s)?.[1]?.split('\n')).toEqual(
    ['Twice', 'Twice', 'Größer &amp; &lt;b&gt;bold&lt;/b&gt;'].map((line) => `<li>&gt; ${line}`),
  );
});

/** Text, binary, renames, modes, links, names with blanks and quotes, no final newline, an empty file, a folder that became a file. */
function everyChange(): Repository {
  const repository = createRepository();
  const lines = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('');
  repository.write('moved.txt', lines);
  repository.write('moved.bin', Buffer.concat([Buffer.from([0]), Buffer.alloc(4000, 7)]));
  repository.write('data.bin', Buffer.from([0, 1, 2, 3]));
  repository.write('gone.bin', Buffer.from([0, 9]));
  repository.write('run.sh', 'x\n');
  repository.write('open', 'no newline');
  repository.write('folder/a', 'a\n');
  repository.write('to-link', 'was a file\n');
  repository.write('crlf', 'a\r\nb\r\n');
  repository.commit('First');
  repository.git('mv', 'moved.txt', 'mo"ved é.txt');
  repository.write('mo"ved é.txt', `${lines}more\n`);
  repository.git('mv', 'moved.bin', 'elsewhere.bin');
  repository.write('data.bin', Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) % 256)));
  repository.remove('gone.bin');
  repository.write('new.bin', Buffer.from([0, 255, 10, 13]));
  chmodSync(repository.path('run.sh'), 0o755);
  repository.write('open', 'no newline\nagain');
  repository.remove('folder');
  repository.write('folder', 'now a file\n');
  repository.write('empty file', '');
  repository.remove('to-link');
  symlinkSync('target', repository.path('to-link'));
  repository.write('crlf', 'a\r\nB\n');
  return repository;
}

/** Where the patch leads from a checkout of `base`, as a tree id. */
function applied(repository: Repository, base: string, patch: Buffer): string {
  using clone = new Repository(temporaryFolder('apply'));
  const cloned = runGit(['clone', '--quiet', '--local', '--no-checkout', '--template=', repository.root, clone.root]);
  expect(cloned.status, cloned.stderr).toBe(0);
  clone.git('read-tree', base);
  clone.gitBytes(['apply', '--cached', '--binary', '--whitespace=nowarn', '-'], { input: patch });
  return clone.git('write-tree');
}

describe('a patch leads from one side to the other, byte by byte', () => {
  test('commits, both ways', async () => {
    using repository = everyChange();
    repository.commit('Second');
    for (const [from, to] of [
      ['HEAD~1', 'HEAD'],
      ['HEAD', 'HEAD~1'],
    ] as const) {
      const patch = await text(repository, 'patch', commit(from), commit(to));
      expect(applied(repository, from, patch)).toBe(repository.git('rev-parse', `${to}^{tree}`));
    }
  });

  test('the work tree with its untracked files', async () => {
    using repository = everyChange();
    repository.git('reset', '--quiet');
    const patch = await text(repository, 'patch', commit('HEAD'), worktree);
    const back = await text(repository, 'patch', worktree, commit('HEAD'));
    repository.git('add', '-A');
    const whole = repository.git('write-tree');
    expect(applied(repository, 'HEAD', patch)).toBe(whole);
    repository.git('commit', '--quiet', '-m', 'Second');
    expect(applied(repository, 'HEAD', back)).toBe(repository.git('rev-parse', 'HEAD~1^{tree}'));
  });

  test.each([oddNames, oddContents, symbolicLinks])('%o', async (make) => {
    const { repository } = make();
    using _ = repository;
    const patch = await text(repository, 'patch', commit('HEAD~1'), commit('HEAD'));
    expect(applied(repository, repository.head('HEAD~1'), patch)).toBe(repository.git('rev-parse', `${repository.head()}^{tree}`));
  });

  test('names that are not UTF-8, tracked and untracked', async () => {
    const { repository } = invalidUtf8Names();
    using _ = repository;
    const patch = await text(repository, 'patch', commit('HEAD~1'), worktree);
    repository.git('add', '-A');
    expect(applied(repository, repository.head('HEAD~1'), patch)).toBe(repository.git('write-tree'));
  });

  test('a whole history of SHA-256', async () => {
    using repository = createRepository({ objectFormat: 'sha256' });
    repository.write('a.bin', Buffer.from([0, 1]));
    repository.write('a.txt', 'a\n');
    repository.commit('First');
    repository.write('b.bin', Buffer.from([0, 2]));
    const patch = await text(repository, 'patch', commit('HEAD'), worktree);
    repository.git('add', '-A');
    expect(applied(repository, 'HEAD', patch)).toBe(repository.git('write-tree'));
  });
});

describe('documents', () => {
  test('JSON holds every changed line of git’s patch', async () => {
    using repository = everyChange();
    repository.commit('Second');
    const document = JSON.parse((await text(repository, 'json', commit('HEAD~1'), commit('HEAD'))).toString());
    const { files, totals } = await handlers.send(diffList, { repository: repository.root, from: commit('HEAD~1'), to: commit('HEAD') });
    expect(document.totals).toEqual(totals);
    const listed = files?.map(({ oldId: _old, newId: _new, ...row }) => row);
    expect(document.files.map(({ hunks: _, ...row }: { hunks: unknown }) => row)).toEqual(listed);
    for (const { hunks, additions, deletions, path: name } of document.files) {
      const lines: string[] = hunks.flatMap((hunk: { lines: string[] }) => hunk.lines);
      expect([lines.filter((line) => line.startsWith('+')).length, lines.filter((line) => line.startsWith('-')).length], name).toEqual([
        additions,
        deletions,
      ]);
    }
  });

  test('HTML shows every changed line once in each layout', async () => {
    using repository = everyChange();
    repository.commit('Second');
    const { totals } = await handlers.send(diffList, { repository: repository.root, from: commit('HEAD~1'), to: commit('HEAD') });
    const unified = (await text(repository, 'html', commit('HEAD~1'), commit('HEAD'), { layout: 'unified' })).toString();
    expect(unified.split('<tr\n class="i">').length - 1).toBe(totals.additions);
    expect(unified.split('<tr\n class="d">').length - 1).toBe(totals.deletions);
    const split = (await text(repository, 'html', commit('HEAD~1'), commit('HEAD'))).toString();
    const pairs = split.split('<tr\n class="c">').length - 1;
    expect(split.split('<tr\n class="i">').length - 1 + pairs).toBe(totals.additions);
    expect(split.split('<tr\n class="d">').length - 1 + pairs).toBe(totals.deletions);
  });

  test('nothing of the repository becomes markup, and nothing is loaded', async () => {
    const { repository, payloads } = hostileText();
    using _ = repository;
    const page = (await text(repository, 'html', empty, commit('<b>bold</b>'))).toString();
    expect(payloads.length).toBeGreaterThan(3);
    // The tags of the page are our own, whatever the files, names and labels say.
    const tags = new Set([...page.slice(page.indexOf('</style>')).matchAll(/<(\/?[a-z!][a-z0-9]*)/gi)].map(([, tag]) => tag));
    const ours = [
      'abbr',
      'a',
      'b',
      'body',
      'col',
      'colgroup',
      'details',
      'h1',
      'header',
      'i',
      'li',
      'main',
      'nav',
      'p',
      'small',
      'span',
      'summary',
      'table',
      'td',
      'tr',
      'ul',
      'html',
      'head',
      'style',
    ];
    expect([...tags].filter((tag) => !ours.includes((tag as string).replace('/', '')))).toEqual([]);
    expect(page).not.toMatch(/<[^>]*\s(?:src|srcset|onload|onerror|style)=/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, link]) => /^#f\d+$/.test(link as string))).toBe(true);
    expect(page).not.toMatch(/@import|url\(/i);
    expect(page).toContain("default-src 'none'");
  });

  test('Markdown: no content closes its fence', async () => {
    using repository = createRepository();
    repository.write('a.md', '```js\nx\n```\n````\n');
    repository.write('a|b`c.md', 'x\n');
    repository.commit('First');
    const page = (await text(repository, 'md', empty, commit('HEAD'))).toString();
    const fences = page.match(/^`{3,}.*$/gm);
    expect(fences).toEqual(['`````diff', '`````', '```diff', '```']);
    expect(page).toContain('| `` a\\|b`c.md `` | added | 1 | 0 |');
  });

  test('files that are not UTF-8 give documents that are', async () => {
    const { repository } = invalidUtf8Names();
    using _ = repository;
    const { repository: contents } = oddContents();
    using __ = contents;
    for (const [each, format] of [repository, contents].flatMap((each) =>
      (['html', 'md', 'json'] as const).map((format) => [each, format] as const),
    )) {
      const document = await text(each, format, commit('HEAD~1'), worktree);
      expect(() => new TextDecoder('utf-8', { fatal: true }).decode(document), format).not.toThrow();
    }
  });

  test('an image is inside the page', async () => {
    using repository = createRepository();
    repository.commit('First');
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    repository.write('a.png', Buffer.from(pixel, 'base64'));
    expect((await text(repository, 'html', index, worktree)).toString()).toContain(`src="data:image/png;base64,${pixel}"`);
  });

  test('equal sides give a whole, empty document', async () => {
    using repository = createRepository();
    repository.commit('First');
    expect((await text(repository, 'patch', index, index)).length).toBe(0);
    expect(JSON.parse((await text(repository, 'json', index, index)).toString())).toMatchObject({ files: [], totals: { files: 0 } });
    expect((await text(repository, 'html', commit('HEAD'), commit('main'))).toString()).toMatch(/0 files changed[\s\S]*<\/html>\n$/);
    expect((await text(repository, 'md', commit('HEAD'), index)).toString()).toContain('0 files changed');
  });
});

describe('the file appears complete or not at all', () => {
  const ask = (repository: Repository, out: string, how: { signal?: AbortSignal } = {}) =>
    handlers.send(diffExport, { repository: repository.root, from: commit('HEAD~1'), to: worktree, format: 'html', out }, how);

  test('a new file, an existing one, one through a link, one in the repository itself', async () => {
    using repository = everyChange();
    repository.commit('Second');
    const out = path.join(folder, 'page.html');
    await ask(repository, out);
    const page = readFileSync(out);
    expect(page.toString()).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
    writeFileSync(out, 'old');
    await ask(repository, out);
    expect(readFileSync(out).equals(page)).toBe(true);
    symlinkSync(out, path.join(folder, 'link.html'));
    writeFileSync(out, 'old');
    await ask(repository, path.join(folder, 'link.html'));
    expect(readFileSync(out).equals(page)).toBe(true);
    const inside = repository.path('inside.html');
    await ask(repository, inside);
    expect((await ask(repository, inside)).files).toBe((await ask(repository, out)).files - 1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('what cannot be written is refused in one sentence', async () => {
    using repository = everyChange();
    repository.commit('Second');
    mkdirSync(path.join(folder, 'folder'), { recursive: true });
    symlinkSync(repository.path('.git'), path.join(folder, 'innocent'));
    const refused: [string, string][] = [
      [path.join(folder, 'folder'), 'invalid'],
      ['/dev/null', 'invalid'],
      ['relative.html', 'invalid'],
      [repository.path('.git/hooks'), 'invalid'],
      [repository.path('.git/refs/heads/new'), 'invalid'],
      [repository.path('.GIT/config'), 'invalid'],
      [path.join(folder, 'innocent/config'), 'invalid'],
      [path.join(folder, 'missing/page.html'), 'not-found'],
    ];
    for (const [out, reason] of refused) {
      const existed = existsSync(out);
      const failure = await ask(repository, out).then(
        () => undefined,
        (error: unknown) => error,
      );
      // On a system that tells upper from lower case there is no `.GIT`.
      expect(failure, out).toMatchObject({
        reason: out.includes('.GIT') && !existed ? expect.stringMatching(/invalid|not-found/) : reason,
      });
    }
    expect(repository.git('config', 'gc.auto')).toBe('0');
  });

  test('cancelled while it is written: nothing is left behind and the old file stays', async () => {
    const { root, from, to } = await bigDiff3MB(0.1);
    const out = path.join(folder, 'kept.html');
    writeFileSync(out, 'kept');
    const controller = new AbortController();
    let written = 0;
    const asked = handlers.send(
      diffExport,
      { repository: root, from: commit(from), to: commit(to), format: 'html', out },
      {
        signal: controller.signal,
        onProgress: () => {
          written++;
          expect(readdirSync(folder).some((name) => name.startsWith('.kept.html.'))).toBe(true);
          controller.abort();
        },
      },
    );
    await expect(asked).rejects.toMatchObject({ reason: 'cancelled' });
    expect(written).toBeGreaterThan(0);
    expect(readFileSync(out, 'utf8')).toBe('kept');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
