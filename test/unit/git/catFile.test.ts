import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { CatFile } from '../../../server/git/catFile.ts';
import { CatFileParser } from '../../../server/git/catFileParser.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const id = 'a'.repeat(40);

interface Exchange {
  name: Buffer;
  contents: boolean;
  output: Buffer;
  answer: unknown;
}

// Names and contents that look like git's own answers, newlines included.
const tricky = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0))),
  fc
    .constantFrom(`HEAD:a\nb`, `x missing\n${id} blob 3`, `${id} blob 4`, 'missing', ' missing', `${id}`, 'a\n')
    .map((name) => Buffer.from(name)),
);

const exchange: fc.Arbitrary<Exchange> = fc
  .record({ name: tricky, kind: fc.constantFrom('contents', 'info', 'missing', 'ambiguous'), data: tricky, asked: fc.boolean() })
  .map(({ name, kind, data, asked }) => {
    const facts = { id, type: 'blob', size: data.length };
    const header = Buffer.from(`${id} blob ${data.length}\n`);
    if (kind === 'contents')
      return { name, contents: true, output: Buffer.concat([header, data, Buffer.from('\n')]), answer: { ...facts, data } };
    if (kind === 'info') return { name, contents: false, output: header, answer: facts };
    return { name, contents: asked, output: Buffer.concat([name, Buffer.from(` ${kind}\n`)]), answer: undefined };
  });

describe('CatFileParser', () => {
  test('gives each answer to its question, wherever the output is cut', () => {
    fc.assert(
      fc.property(
        fc.array(exchange, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
        (exchanges, lengths) => {
          const parser = new CatFileParser();
          for (const { name, contents } of exchanges) parser.expect(name, contents);
          const output = Buffer.concat(exchanges.map((each) => each.output));
          const answers: unknown[] = [];
          let at = 0;
          for (const length of [...lengths, output.length]) {
            answers.push(...parser.push(output.subarray(at, at + length)));
            at += length;
          }
          expect(answers).toEqual(exchanges.map(({ answer }) => answer));
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('what newer git says of a submodule is no object, and does not hold up those behind it', () => {
  const parser = new CatFileParser();
  parser.expect(Buffer.from('HEAD:module'), true);
  parser.expect(Buffer.from('HEAD:a'), false);
  expect(parser.push(Buffer.from(`${id} submodule\n${id} blob 1\n`))).toEqual([undefined, { id, type: 'blob', size: 1 }]);
});

describe('CatFile', () => {
  let repository: Repository | undefined;
  let objects: CatFile | undefined;
  afterEach(() => {
    objects?.dispose();
    repository?.dispose();
  });

  test('objects by names with spaces, newlines and bytes that are not UTF-8; missing ones; all at once', async () => {
    repository = createRepository();
    const latin = Buffer.from('caf\xe9', 'latin1');
    repository.write('with space.txt', 'space\n');
    repository.write('with\nnewline', 'newline\n');
    repository.write('empty', '');
    repository.writeBytes(latin, 'latin\n');
    repository.commit('Names');
    objects = new CatFile(repository.root, async () => ({}));
    const names = [
      'HEAD:with space.txt',
      'HEAD:with\nnewline',
      'HEAD:no\nsuch',
      'nowhere',
      'HEAD:empty',
      Buffer.concat([Buffer.from('HEAD:'), latin]),
    ];
    const found = await Promise.all(names.map((name) => (objects as CatFile).read(name)));
    expect(found.map((object) => object?.data.toString())).toEqual(['space\n', 'newline\n', undefined, undefined, '', 'latin\n']);
    expect(await objects.info('HEAD^{tree}')).toMatchObject({ type: 'tree' });
    expect(await objects.info('HEAD:with space.txt')).toEqual({
      id: repository.git('rev-parse', 'HEAD:with space.txt'),
      type: 'blob',
      size: 6,
    });
  });

  test('a reader that gives up is answered at once, and those behind it still get theirs', async () => {
    repository = createRepository();
    repository.write('a', 'a\n');
    repository.write('b', 'b\n');
    repository.commit('Two');
    objects = new CatFile(repository.root, async () => ({}));
    const controller = new AbortController();
    await objects.info('HEAD');
    const first = objects.read('HEAD:a', controller.signal);
    const second = objects.read('HEAD:b');
    controller.abort();
    await expect(first).rejects.toMatchObject({ reason: 'cancelled' });
    expect((await second)?.data.toString()).toBe('b\n');
  });

  test('a NUL in a name is refused, not passed on', async () => {
    repository = createRepository();
    objects = new CatFile(repository.root, async () => ({}));
    await expect(objects.read('HEAD:a\0contents HEAD')).rejects.toMatchObject({ reason: 'invalid' });
  });

  test('retired while asked: what was asked is answered, and later questions too', async () => {
    repository = createRepository();
    repository.write('a', 'a\n');
    repository.commit('One');
    objects = new CatFile(repository.root, async () => ({}));
    await objects.info('HEAD');
    const asked = objects.read('HEAD:a');
    const alsoAsked = objects.info('HEAD:a');
    await Promise.resolve();
    objects.retire();
    expect((await asked)?.data.toString()).toBe('a\n');
    expect((await alsoAsked)?.size).toBe(2);
    expect((await objects.read('HEAD:a'))?.data.toString()).toBe('a\n');
  });

  test('an object made after it was started is found', async () => {
    repository = createRepository();
    repository.write('a', 'one\n');
    repository.commit('One');
    objects = new CatFile(repository.root, async () => ({}));
    expect((await objects.read('HEAD:a'))?.data.toString()).toBe('one\n');
    repository.write('a', 'two\n');
    repository.commit('Two');
    repository.git('gc', '--quiet');
    expect((await objects.read('HEAD:a'))?.data.toString()).toBe('two\n');
  });
});
