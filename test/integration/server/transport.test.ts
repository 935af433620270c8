// The server as a client sees it: validation, error codes, partial results, progress of many at once, the contract of results.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCodes } from '../../../server/protocol/errors.ts';
import * as git from '../../../server/protocol/git.ts';
import { contract } from '../../../server/protocol/index.ts';
import { echo, info } from '../../../server/protocol/session.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { type RequestError, startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
beforeAll(async () => {
  server = await startServer();
  repository = createRepository();
  for (let number = 0; number < 30; number++) {
    repository.write('a.txt', `${number}\n`);
    repository.commit(`Commit ${number}`);
  }
});
afterAll(async () => {
  await server.close();
  repository.dispose();
});

const failure = (method: string, params: unknown): Promise<RequestError> =>
  server.request(method, params).then(
    () => {
      throw new Error('was meant to fail');
    },
    (error) => error,
  );

describe('the border', () => {
  test('every local method of the contract is answered; an unknown one has its own code', async () => {
    for (const definition of contract) {
      if (definition.kind !== 'request' || definition.where !== 'local') continue;
      const error = await server.request(definition.method, { nonsense: true }).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error?.code, definition.method).toBe(errorCodes.invalid);
    }
    expect((await failure('git/nonsense', {})).code).toBe(errorCodes.unknownMethod);
  });

  test.each([
    ['missing parameters', {}],
    ['a wrong type', { repository: 5 }],
    ['an unknown parameter', { repository: '/', colour: 'red' }],
    ['a path with NUL', { repository: '/\0' }],
    ['a revision that is an option', { repository: '/', revision: '--upload-pack=x' }],
    ['a path that leaves the repository', { repository: '/', paths: [{ path: 'a/../../b' }] }],
    ['an absolute path', { repository: '/', paths: [{ path: '/etc/passwd' }] }],
    ['a negative limit', { repository: '/', limit: -1 }],
    ['no object at all', 'text'],
    ['an array', []],
  ])('%s is invalid, with a sentence and a hint', async (_what, params) => {
    const error = await failure('git/log', params);
    expect(error).toMatchObject({ code: errorCodes.invalid, data: { reason: 'invalid', hint: expect.stringMatching(/\.$/) } });
    expect(error.message).toMatch(/^git\/log: /);
  });

  test('other failures share one code, and the reason tells them apart', async () => {
    expect(await failure('git/log', { repository: '/' })).toMatchObject({ code: errorCodes.failed, data: { reason: 'not-found' } });
    expect(await failure('git/log', { repository: repository.root, revision: 'nowhere' })).toMatchObject({
      code: errorCodes.failed,
      data: { reason: 'not-found' },
    });
  });
});

describe('partial results', () => {
  test('all rows come as partials before the answer, none in it', async () => {
    const rows: string[] = [];
    let answered = false;
    const result = await server.send(
      git.log,
      { repository: repository.root, limit: 20 },
      {
        onPartial: ({ commits }) => {
          expect(answered).toBe(false);
          rows.push(...commits.map(({ subject }) => subject));
        },
      },
    );
    answered = true;
    expect(result).toEqual({ more: true });
    expect(rows).toEqual(Array.from({ length: 20 }, (_, index) => `Commit ${29 - index}`));
  });

  test('a hundred streams at once keep their rows apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        const rows: string[] = [];
        const skip = number % 30;
        await server.send(
          git.log,
          { repository: repository.root, skip, limit: 1 },
          { onPartial: ({ commits }) => rows.push(...commits.map(({ subject }) => subject)) },
        );
        return [skip, rows];
      }),
    );
    for (const [skip, rows] of answers) expect(rows).toEqual([`Commit ${29 - Number(skip)}`]);
  });
});

test('a request that was cancelled before it was read is answered as cancelled', async () => {
  const controller = new AbortController();
  controller.abort();
  await expect(server.send(git.log, { repository: repository.root }, { signal: controller.signal })).rejects.toMatchObject({
    code: errorCodes.cancelled,
  });
});

test('methods are timed and processes counted', async () => {
  await server.send(echo, { text: 'x' });
  const { timings, processes, git: program } = await server.send(info, {});
  expect(timings.find(({ method }) => method === 'session/echo')).toMatchObject({ count: expect.any(Number), totalMs: expect.any(Number) });
  expect(processes.started).toBeGreaterThan(0);
  expect(program).toMatchObject({ version: expect.stringMatching(/^2\./) });
});

test('unicode, large and odd texts pass unchanged', async () => {
  for (const text of ['', '\u2028\u2029\ufeff', '🎉'.repeat(1000), '\0\u0001', 'x'.repeat(5_000_000)]) {
    expect((await server.send(echo, { text })).text).toBe(text);
  }
});
