// Fault 16 of the deploy anchors: cycles, alias bombs, ways out of the repository, unknown keys, files too large.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../server/rpc/failure.ts';
import { load, told } from './compose.ts';

const one = (text: string) => load({ 'compose.yaml': text });

describe('a compose file that is wrong', () => {
  test.each([
    [
      'services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }\n',
      'compose.yaml:3 [cycle] These services wait for each other: `a` → `b` → `a`.',
    ],
    ['services:\n  a: { image: x, depends_on: [a] }\n', 'compose.yaml:2 [cycle] These services wait for each other: `a` → `a`.'],
    [
      'services:\n  a:\n    extends: b\n    image: x\n  b:\n    extends: a\n    image: x\n',
      'compose.yaml:3 [cycle] These services extend each other: `a` → `b` → `a`.',
    ],
    ['include:\n- compose.yaml\n', 'compose.yaml:2 [cycle] These files include each other: `compose.yaml` → `compose.yaml`.'],
    ['services: &a\n  a: *a\n', 'compose.yaml:2 [cycle] The alias `a` is inside of what it stands for.'],
    [
      'services:\n  a:\n    imgae: x\n    image: x\n',
      'compose.yaml:3 [unknown-key] The Compose specification has no key `imgae`. Is `image` meant?',
    ],
    [
      'services:\n  a:\n    image: x\n    deploy:\n      update_config: { oder: x }\n',
      'compose.yaml:5 [unknown-key] The Compose specification has no key `oder` in `deploy.update_config`. Is `order` meant?',
    ],
    ['servces: {}\n', 'compose.yaml:1 [unknown-key] The Compose specification has no key `servces`.'],
    [
      'services:\n  a:\n    build: ../up\n',
      'compose.yaml:3 [outside] The folder `../up` leads out of the repository: nothing is built from it.',
    ],
    [
      'services:\n  a:\n    image: x\n    env_file: /etc/passwd\n',
      'compose.yaml:4 [outside] The path `/etc/passwd` is not in the repository: it is not read.',
    ],
    ['include: [a/../../b.yaml]\n', 'compose.yaml:1 [outside] The path `a/../../b.yaml` leads out of the repository: it is not read.'],
    [
      'include: ["https://example.test/c.yaml"]\n',
      'compose.yaml:1 [outside] `https://example.test/c.yaml` is an address: only files of the repository are read.',
    ],
    [
      'services:\n  a: { extends: { file: ../x.yaml, service: a }, image: x }\n',
      'compose.yaml:2 [outside] The path `../x.yaml` leads out of the repository: it is not read.',
    ],
    [
      'services:\n  a: { image: x }\nsecrets:\n  s: { file: .git/config }\n',
      'compose.yaml:4 [outside] The path `.git/config` must not be inside .git: it is not read.',
    ],
    ['services:\n  a: { image: "${X:?say which}" }\n', 'compose.yaml:2 [variable] The variable `X` must have a value: say which.'],
    ['services:\n  a:\n    image: x\n    volumes: [data:/d]\n', 'compose.yaml:4 [reference] There is no volume `data`.'],
    ['services:\n  a: { image: x, env_file: none.env }\n', 'compose.yaml:2 [missing-file] There is no file `none.env` that can be read.'],
    ['services:\n  a: { ports: [80] }\n', 'compose.yaml:2 [value] The service `a` has neither `image` nor `build`.'],
    ['services:\n  a: { image: x, ports: ["1-3:1-2"] }\n', 'compose.yaml:2 [value] Both ranges of ports must be equally long.'],
    ['services:\n  a: { image: x, privileged: perhaps }\n', 'compose.yaml:2 [value] `privileged` must be `true` or `false`.'],
    ['services:\n  a:\n    image: x\n    image: y\n', 'compose.yaml:4 [yaml] The key `image` is there twice.'],
    [`services: ${'['.repeat(2000)}`, 'compose.yaml:1 [too-large] This is nested too deeply.'],
    [`#${'x'.repeat(1_000_000)}`, 'compose.yaml:1 [too-large] `compose.yaml` is larger than 1000 kB.'],
    ['services:\n  a: { image: x, ports: ["1-60000:1-60000"] }\n', 'compose.yaml:2 [too-large] More than 1000 ports are too many.'],
  ])('%# is told where', async (text, expected) => {
    expect(told(await one(text))).toEqual([expected]);
  });

  test('costs no more than it says: aliases of aliases, values of values, files of files', async () => {
    const bomb = Array.from(
      { length: 20 },
      (_, level) =>
        `x-${level}: &a${level} [${Array(9)
          .fill(level === 0 ? 'x' : `*a${level - 1}`)
          .join(', ')}]`,
    );
    expect(told(await one(bomb.join('\n')))).toEqual(['compose.yaml:6 [aliases] Its aliases stand for too much.']);
    const long = {
      '.env': `A=${'x'.repeat(900_000)}`,
      'compose.yaml': `services: { a: { image: x, labels: [${'"-${A}", '.repeat(1000)}] } }`,
    };
    expect(told(await load(long))).toEqual(['compose.yaml:1 [too-large] With their variables filled in these files are too long.']);
    const level = (depth: number) => `include: [f${depth + 1}.yaml, g${depth + 1}.yaml]`;
    const files = Object.fromEntries(
      Array.from({ length: 16 }, (_, depth) => [
        [`f${depth}.yaml`, level(depth)],
        [`g${depth}.yaml`, level(depth)],
      ]).flat(),
    );
    const { problems } = await load({ ...files, 'compose.yaml': 'include: [f0.yaml]' });
    expect(problems).toContainEqual(expect.objectContaining({ code: 'too-large', message: 'More than 300 files belong to this.' }));
    const chain = Array.from({ length: 200 }, (_, at) => `  s${at}: { image: x, extends: s${at + 1} }`);
    const deep = await one(`services:\n${chain.join('\n')}\n  s200: { image: x }\n`);
    expect(deep.problems).toContainEqual(expect.objectContaining({ code: 'too-large', message: 'Services extend each other too deeply.' }));
  });

  test('has no names that become more than names', async () => {
    const loaded = await one(
      'services:\n  "__proto__": { image: x }\n  "a\\nb\\e[31m\\u202e": { image: x, environment: { __proto__: y } }\n',
    );
    expect(told(loaded)).toEqual([
      'compose.yaml:2 [unknown-key] There is no key `__proto__`.',
      'compose.yaml:3 [unknown-key] There is no key `__proto__`.',
      'compose.yaml:3 [value] The name `a\ufffdb\ufffd[31m\ufffd` may have letters, digits, `.`, `_` and `-` only.',
    ]);
    expect(({} as Record<string, unknown>)['image']).toBeUndefined();
  });

  test('is told with what the reader says; what is no refusal is thrown', async () => {
    const refused = await load(
      {},
      {
        files: ['c.yaml'],
        read: (path) => (path === '.env' ? Promise.resolve(undefined) : Promise.reject(new Failure('invalid', 'c.yaml is a link.'))),
      },
    );
    expect(told(refused)).toEqual(['c.yaml:1 [unreadable] c.yaml is a link.']);
    await expect(load({}, { files: ['c.yaml'], read: () => Promise.reject(new Error('disk')) })).rejects.toThrow('disk');
    await expect(load({})).rejects.toMatchObject({ reason: 'not-found' });
    expect(told(await load({}, { files: ['../c.yaml'] }))).toEqual([
      '../c.yaml:1 [outside] The path `../c.yaml` leads out of the repository: it is not read.',
    ]);
    const controller = new AbortController();
    controller.abort();
    await expect(load({ 'compose.yaml': '' }, { signal: controller.signal })).rejects.toMatchObject({ reason: 'cancelled' });
  });

  test('never throws, and its problems stand in the file', async () => {
    const words = [
      'services:',
      '  a:',
      '    image: x',
      '    <<: *b',
      '&b',
      '- ',
      '[',
      '}',
      '"',
      ': ',
      '${A',
      '!reset',
      '!override',
      '    extends: a',
      '    ports: ["1:2"]',
      '\n',
      '\t',
      '|',
      '---\n',
      '    depends_on: { a: 1 }',
      'include: [compose.yaml]',
      'volumes: { x: [1] }',
      '*b',
      '?',
      '    build: { args: [1] }',
      '    deploy: []',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })), { maxLength: 25 }),
        fc.constantFrom('\n', ' ', ''),
        async (parts, between) => {
          const text = parts.join(between);
          const { problems } = await one(text);
          const lines = text.split('\n').length;
          for (const { line, message } of problems) {
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(lines);
            expect(message).toMatch(/^[^\n]+[.!?]$/);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
