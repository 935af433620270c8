// Every hostile state and every reading request: the right answer or one clear sentence; never an internal error, a crash or a hang.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { broken, readEverything } from '../../support/readEverything.ts';
import { hostileStates, optionLikeRefs, repositoryThatMoves, rewrittenHistory } from '../../support/repositories/hostile.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

describe('states', () => {
  test.each(hostileStates)('$name', async ({ make }) => {
    const state = make();
    if (state === undefined) return; // only root can make it
    try {
      expect(broken(await readEverything(server, state))).toEqual([]);
    } finally {
      state.dispose();
    }
    expect(server.process.exitCode).toBe(null);
  });

  test('a repository that moves away while it is open', async () => {
    using state = repositoryThatMoves();
    await readEverything(server, state);
    state.moveAway();
    expect(broken(await readEverything(server, state))).toEqual([]);
  });

  test('history rewritten under the server: old ids are gone, new ones are right', async () => {
    using state = rewrittenHistory();
    const repository = state.root;
    await readEverything(server, state);
    const id = state.rewrite();
    const { lines } = await server.send(git.blame, { repository, file: { path: 'a.txt' } });
    expect(new Set(lines?.commit)).toEqual(new Set([id]));
    await expect(server.send(git.show, { repository, revision: state.before })).rejects.toMatchObject({ data: { reason: 'not-found' } });
  });

  test('refs that look like options are data', async () => {
    using state = optionLikeRefs();
    for (const name of state.names) {
      const { root: repository } = state;
      await expect(server.send(git.log, { repository, revision: name }), name).rejects.toMatchObject({ data: { reason: 'invalid' } });
      const { commit } = await server.send(git.resolve, { repository, revision: `refs/heads/${name}` });
      expect(commit).toBe(state.repository.head('HEAD~1'));
    }
    expect(existsSync(state.mustNotAppear)).toBe(false);
  });
});

describe('names and contents: blame is git’s own, line by line', () => {
  const makers = [names.oddNames, names.oddContents, names.lfsPointer, names.caseOnlyRename, names.hostileText, names.symbolicLinks];

  test.each(makers.map((make) => ({ name: make.name, make })))('$name', async ({ make }) => {
    const { repository, files } = make();
    try {
      for (const { path } of files) {
        const raw = repository.git('blame', '--line-porcelain', 'HEAD', '--', path);
        const expected = [...raw.matchAll(/^([0-9a-f]{40}) (\d+) \d+(?: \d+)?\nauthor /gm)].map(([, id, line]) => `${id} ${line}`);
        const outcome = await server.send(git.blame, { repository: repository.root, file: { path }, revision: 'HEAD' }).then(
          ({ lines }) => lines?.commit.map((id, index) => `${id} ${lines.originalLine[index]}`),
          (error) => `${error.data?.reason}: ${error.message}`,
        );
        expect(outcome, JSON.stringify(path)).toEqual(expected);
      }
    } finally {
      repository.dispose();
    }
  });
});

test('names that are not UTF-8 are listed and diffed by their bytes', async () => {
  const { repository, names: expected, renamed } = names.invalidUtf8Names();
  try {
    const listed = await server.send(git.files, { repository: repository.root, recursive: true });
    expect(listed.entries?.map(({ pathBytes }) => pathBytes).sort()).toEqual(expected.map((name) => name.toString('base64')).sort());
    const from = { kind: 'commit', revision: 'HEAD~1' } as const;
    const to = { kind: 'commit', revision: 'HEAD' } as const;
    const { files } = await server.send(git.diffList, { repository: repository.root, from, to });
    expect(files?.map(({ pathBytes }) => pathBytes)).toContain(renamed.to.toString('base64'));
    const pathBytes = expected[0]?.toString('base64') ?? '';
    const diff = await server.send(git.diffFile, { repository: repository.root, from, to, file: { pathBytes } });
    expect(diff).toMatchObject({ kind: 'text', patch: expect.stringContaining('+four') });
    await expect(server.send(git.blame, { repository: repository.root, file: { pathBytes } })).rejects.toMatchObject({
      data: { reason: 'invalid' },
    });
  } finally {
    repository.dispose();
  }
});
