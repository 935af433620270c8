import { expect, test } from 'vitest';
import { matcherOf } from '../../../server/deploy/where/paths.ts';
import { errorClues, isNamed } from '../../../server/monitor/suspects/errorClues.ts';
import { isConfiguration, isDependencyFile, isHarmless, isMigration } from '../../../server/monitor/suspects/fileKinds.ts';
import { rankSuspects } from '../../../server/monitor/suspects/rank.ts';
import type { Evidence, SuspectCommit } from '../../../server/monitor/suspects/types.ts';

const id = (digit: string) => digit.repeat(40);

function commit(digit: string, paths: readonly string[], more: Partial<SuspectCommit> = {}): SuspectCommit {
  return {
    ...{
      id: id(digit),
      parents: 1,
      subject: `Commit ${digit}`,
      body: '',
      author: 'Ada',
      authorTime: 0,
      item: null,
      side: 'added' as const,
    },
    files: paths.map((path) => ({ path, added: 3, deleted: 1 })),
    ...more,
  };
}

function rank(commits: readonly SuspectCommit[], given: Partial<Omit<Evidence, 'commits'>> = {}) {
  const evidence: Evidence = {
    service: { name: 'web', paths: ['web/**', 'hearth.yaml'], dockerfile: 'web/Dockerfile', configurationChanged: false },
    error: { files: [], words: [] },
    wordsIn: new Map(),
    ...given,
    commits,
  };
  const ranked = rankSuspects(evidence, matcherOf(evidence.service.paths));
  return {
    order: ranked.map((each) => each.commit.id[0]).join(''),
    ranked,
    of: (digit: string) => ranked.find((each) => each.commit.id === id(digit)),
  };
}

test('files and telling words come out of errors', () => {
  const clues = errorClues([
    "TypeError: Cannot read properties of undefined (reading 'cartTotal')\n    at checkout (/app/web/cart.js:42:13)\n    at run (node:internal/x.js:1)\n    at y (/app/node_modules/express/lib/router.js:3:1)",
    'File "shop/models/order.py", line 3, in load_order',
    'status 500, wanted 200',
  ]);
  expect(clues.files).toEqual(['app/web/cart.js', 'shop/models/order.py']);
  expect(clues.words.slice(0, 2).sort()).toEqual(['carttotal', 'load_order']);
  for (const word of ['status', 'wanted', 'error', 'undefined']) expect(clues.words).not.toContain(word);
  expect(errorClues(['getaddrinfo ENOTFOUND shop.example.test', 'GET https://x.example.test/static/app.js: 404']).files).toEqual([]);
  expect(errorClues(['at file:///app/web/cart.mjs:1:2', 'C:\\app\\web\\cart.cs:3', "../lib/a.rb:9:in `total'"]).files).toEqual([
    ...['app/web/cart.mjs', 'app/web/cart.cs', 'lib/a.rb'],
  ]);
});

test('a file of an error is a file of the repository when as much as both say is the same', () => {
  expect(isNamed('web/cart.js', 'app/web/cart.js')).toBe(true);
  expect(isNamed('src/web/cart.js', 'web/cart.js')).toBe(true);
  expect(isNamed('api/cart.js', 'app/web/cart.js')).toBe(false);
  expect(isNamed('web/cart.js', 'cart.js')).toBe(true);
  expect(isNamed('web/index.js', 'index.js')).toBe(false);
  expect(isNamed('web/carts.js', 'cart.js')).toBe(false);
});

test('files are told apart by their names', () => {
  for (const path of ['package-lock.json', 'web/go.sum', 'requirements-dev.txt', 'api/Shop.csproj'])
    expect(isDependencyFile(path), path).toBe(true);
  for (const path of ['db/migrations/0003_add.py', 'schema.sql', 'migrate/1.js']) expect(isMigration(path), path).toBe(true);
  for (const path of ['Dockerfile', 'web/prod.Dockerfile', 'compose.prod.yaml', '.env.example', 'config/app.rb', 'nginx.conf']) {
    expect(isConfiguration(path), path).toBe(true);
  }
  for (const path of ['README.md', 'docs/a.html', 'web/cart.test.ts', 'test/x.js', 'LICENSE']) expect(isHarmless(path), path).toBe(true);
  for (const path of ['web/cart.ts', 'src/latest.js', 'Makefile']) {
    expect([isDependencyFile(path), isMigration(path), isConfiguration(path), isHarmless(path)], path).toEqual([
      false,
      false,
      false,
      false,
    ]);
  }
});

test('what the service is made from comes before what it is not, and what nothing runs comes last', () => {
  const { order, of } = rank([
    commit('e', ['docs/guide.md']),
    commit('d', ['api/x.js']),
    commit('c', ['web/cart.js']),
    commit('b', ['web/cart.test.js']),
    commit('a', ['api/y.js']),
  ]);
  expect(order).toBe('cdaeb');
  expect(of('c')?.reasons[0]).toMatchObject({
    ...{ kind: 'paths', text: 'changes what web is made from: web/cart.js', files: ['web/cart.js'] },
  });
  const words = new Map(['a', 'b'].map((digit) => [id(digit), ['carttotal']]));
  const said = rank([commit('b', ['docs/cart.md']), commit('a', ['api/cart.js'])], {
    wordsIn: words,
    error: { files: [], words: ['carttotal'] },
  });
  expect(said.of('b')?.score).toBeLessThan((said.of('a')?.score ?? 0) / 2);
});

test('the file that the error names beats everything that is only near', () => {
  const commits = [
    commit('d', ['web/Dockerfile']),
    commit('c', ['web/package-lock.json']),
    commit('b', ['web/cart.js']),
    commit('a', ['web/style.css']),
  ];
  const { order, of } = rank(commits, { error: { files: ['app/web/cart.js'], words: [] } });
  expect(order[0]).toBe('b');
  expect(of('b')?.reasons[0]).toMatchObject({ kind: 'error-text', text: 'the error names web/cart.js' });
  expect(of('d')?.reasons.map(({ kind }) => kind)).toContain('configuration');
  expect(of('c')?.reasons.map(({ kind }) => kind)).toContain('dependencies');
});

test('a word of the error that one commit changes tells more than one that all change', () => {
  const commits = [commit('c', ['web/a.js']), commit('b', ['web/b.js']), commit('a', ['web/c.js'])];
  const { order, of } = rank(commits, {
    error: { files: [], words: ['carttotal', 'request_id'] },
    wordsIn: new Map([
      [id('a'), ['carttotal', 'request_id']],
      [id('b'), ['request_id']],
      [id('c'), ['request_id']],
    ]),
  });
  expect(order[0]).toBe('a');
  expect(of('a')?.reasons.some(({ text }) => text.includes('"carttotal"'))).toBe(true);
});

test('hearth.yaml counts when it says something else of the service', () => {
  const commits = [commit('b', ['web/x.css']), commit('a', ['hearth.yaml'])];
  const service = { name: 'web', paths: ['web/**', 'hearth.yaml'], dockerfile: undefined };
  const changed = rank(commits, { service: { ...service, configurationChanged: true } });
  const same = rank(commits, { service: { ...service, configurationChanged: false } });
  expect(changed.of('a')?.score).toBeGreaterThan((same.of('a')?.score ?? 1) * 3);
  expect(changed.of('a')?.reasons[0]).toMatchObject({ kind: 'configuration', text: 'changes how web is run in hearth.yaml' });
});

test('what was taken back again is hardly suspected, unless the taking back was taken back', () => {
  const revert = commit('c', ['web/cart.js'], { subject: 'Revert "Commit a"', body: `This reverts commit ${id('a')}.` });
  const commits = [commit('d', ['web/other.js']), revert, commit('a', ['web/cart.js'])];
  const { of } = rank(commits);
  expect(of('a')?.score).toBeLessThan((of('d')?.score ?? 0) / 2);
  expect(of('a')?.reasons.at(-1)).toMatchObject({ kind: 'revert', text: `undone by ${id('c').slice(0, 10)}` });
  const again = commit('f', ['web/cart.js'], { subject: 'Reapply "Commit a"', body: `This reverts commit ${id('c')}.` });
  expect(rank([again, ...commits]).of('a')?.score).toBeGreaterThan(of('a')?.score ?? 1);
});

test('after going back it is what went away that is suspected', () => {
  const { of } = rank([commit('a', ['api/fix.js'], { side: 'removed' })]);
  expect(of('a')?.reasons[0]).toMatchObject({ kind: 'revert', text: 'is not in the failing release: going back took it away' });
});

test('scores are shares, reasons are sorted, and a service of the whole repository still gets an order', () => {
  const commits = [
    commit('c', ['README.md']),
    commit('b', ['package-lock.json', 'src/a.js'], {
      files: [
        { path: 'src/a.js', added: 900, deleted: 100 },
        { path: 'package-lock.json', added: 9000, deleted: 1 },
      ],
    }),
    commit('a', ['src/b.js']),
  ];
  const { order, ranked } = rank(commits, { service: { name: 'web', paths: [], dockerfile: 'Dockerfile', configurationChanged: false } });
  expect(order).toBe('bac');
  for (const { score, reasons } of ranked) {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThan(1);
    expect(reasons.map((each) => each.score)).toEqual(reasons.map((each) => each.score).toSorted((x, y) => y - x));
  }
  expect(rank([]).ranked).toEqual([]);
});
