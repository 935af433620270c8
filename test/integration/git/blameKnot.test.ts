import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommittedBlames, slotOf } from '../../../server/git/blameCommitted.ts';
import { blameHistory } from '../../../server/git/blameHistory.ts';
import { keptKnots, lastKnot } from '../../../server/git/blameKnot.ts';
import { BlameStore } from '../../../server/git/blameStore.ts';
import type { BlameTable } from '../../../server/git/blameTable.ts';
import { discoverRepository } from '../../../server/git/discover.ts';
import { Queue } from '../../../server/git/queue.ts';
import { Repository } from '../../../server/git/repository.ts';
import { gitBlame, ourBlame } from '../../support/blame.ts';
import { Random } from '../../support/repositories/random.ts';
import { type RandomCommit, randomHistory } from '../../support/repositories/randomHistory.ts';
import { createRepository } from '../../support/repositories/repository.ts';

const cleanups: (() => void)[] = [];

afterAll(() => {
  for (const cleanup of cleanups) cleanup();
});

/** A random history, and blames that look for a knot in every file of it, at most so many commits back. */
async function knotty(seed: number, commits: number) {
  const files = createRepository();
  const history = randomHistory(files, seed);
  const repository = new Repository(await discoverRepository(files.root), true, new Queue());
  cleanups.push(() => {
    repository.dispose();
    files.dispose();
  });
  /** As a person who never opened the file before: nothing is kept. */
  const someone = () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-knots-'));
    // Its store may still write what it keeps.
    cleanups.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
    const store = new BlameStore(folder);
    const blames = new CommittedBlames(store, () => {}, { commits, bytes: 0 });
    return async ({ id, paths }: RandomCommit, ignoreWhitespace = false) => {
      const options = { ignoreWhitespace, moves: false, copies: 0, ignoreRevs: false } as const;
      const target = { path: paths[0] as string, commit: id, options, history: await blameHistory(repository, options) };
      const live = await blames.at(repository, target);
      await live.finish();
      return { lines: ourBlame(columns(live.table)), knots: (await keptKnots(store, slotOf(repository, target))).length };
    };
  };
  const git = ({ id, paths }: RandomCommit, ignoreWhitespace = false) =>
    gitBlame(files.root, [...(ignoreWhitespace ? ['-w'] : []), id, '--', paths[0] as string]);
  return { history: history.filter(({ id, paths }) => files.tryGit(['cat-file', '-e', `${id}:${paths[0]}`]).status === 0), someone, git };
}

function columns(table: BlameTable) {
  const lines = { commit: [] as string[], originalLine: [] as number[], origin: [] as number[] };
  for (const run of table.ordered()) {
    for (let index = 0; index < run.count; index++) {
      lines.commit.push(table.ids[run.commit] as string);
      lines.originalLine.push(run.originalLine + index);
      lines.origin.push(run.origin);
    }
  }
  return { lines, origins: table.origins, commits: Object.fromEntries(table.ids.map((id, index) => [id, table.facts[index]] as never)) };
}

describe('a blame put together at a knot of the history equals a fresh one', () => {
  it.each([21, 22, 23])('for the first time, and from there on wherever HEAD goes (seed %i)', async (seed) => {
    const random = new Random(seed);
    const { history, someone, git } = await knotty(seed, random.between(4, 9));
    const pick = () => history[random.below(history.length)] as RandomCommit;
    let knots = 0;
    for (let person = 0; person < 8; person++) {
      const ask = someone();
      // The newest first: its knots are what the others meet.
      for (const commit of [history.at(-1 - random.below(4)) as RandomCommit, pick(), pick(), pick()]) {
        const ignoreWhitespace = person % 4 === 3;
        const answer = await ask(commit, ignoreWhitespace);
        knots += answer.knots;
        expect([commit, answer.lines]).toEqual([commit, git(commit, ignoreWhitespace)]);
      }
    }
    expect(knots, 'a history without any knot shows nothing').toBeGreaterThan(0);
  });
});

describe('the last knot', () => {
  it.each([
    ['of a line is its end', [['c', 'b'], ['b', 'a'], ['a']], 'a'],
    [
      'is where two ways meet again',
      [
        ['m', 'x', 'y'],
        ['x', 'f'],
        ['y', 'f'],
        ['f', 'e', 'z'],
      ],
      'f',
    ],
    [
      'is none while a way leads past',
      [
        ['m', 'x', 'y'],
        ['x', 'f'],
        ['f', 'e'],
      ],
      undefined,
    ],
    ['is not the commit itself', [['a', 'b']], undefined],
    ['of nothing is none', [['']], undefined],
  ] as [string, string[][], string | undefined][])('%s', (_, commits, expected) => {
    expect(lastKnot(commits)).toBe(expected);
  });
});
