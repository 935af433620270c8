import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowSecrets, scanStaged } from '../../../server/environment/index.ts';
import { Repositories } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const letters = (count: number) => 'q7Zk2mXw9PdLr4TsVb6NyHc3GfJ8aEeR'.repeat(10).slice(0, count);
const token = `ghp_${letters(36)}`;
const other = token.replace('q', 'r');
const { signal } = new AbortController();

let repository: Repository;
let repositories: Repositories;
const open = () => repositories.at(repository.root, new Session(true, 'cli'));
const scan = async (how: { indexFile?: string; against?: string } = {}) => scanStaged(await open(), { ...how, signal });

beforeEach(() => {
  repository = createRepository();
  repositories = new Repositories();
});
afterEach(() => {
  repositories.dispose();
  repository.dispose();
});

describe('what is staged', () => {
  test('is read line by line: place, redacted preview, and never the secret itself', async () => {
    repository.write('src/a.ts', `one\n\tconst key = '${token}';\n`);
    repository.git('add', '.');
    const { findings, allowed, warnings } = await scan();
    expect(findings).toEqual([
      {
        rule: 'github',
        message: 'This looks like a secret of GitHub.',
        path: 'src/a.ts',
        line: 2,
        column: 15,
        endColumn: 55,
        preview: 'ghp…',
        fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    expect({ allowed, warnings }).toEqual({ allowed: 0, warnings: [] });
    expect(JSON.stringify(findings)).not.toContain(token.slice(0, 8));
  });

  test('counts only by the lines that it adds', async () => {
    repository.write('a.txt', `${token}\n${'x\n'.repeat(30)}`);
    repository.write('moved.txt', `${other}\n${'y\n'.repeat(30)}`);
    repository.commit('Old');
    repository.write('a.txt', `${token}\n${'x\n'.repeat(30)}more\n`);
    repository.git('mv', 'moved.txt', 'dir.txt');
    repository.git('add', '.');
    expect((await scan()).findings).toEqual([]);
    repository.write('a.txt', `${token}\n${'x\n'.repeat(30)}more\nkey ${token}\n`);
    repository.git('add', '.');
    expect((await scan()).findings).toMatchObject([{ path: 'a.txt', line: 33, column: 5 }]);
    expect((await scan({ against: 'HEAD' })).findings).toHaveLength(1);
  });

  test('leaves out what is in the work tree only, lock files, and binary files', async () => {
    repository.write('package-lock.json', `"${token}"\n`);
    repository.write('b.bin', Buffer.from(`\0\n${token}\n`));
    repository.write('c.txt', 'x\n');
    repository.git('add', '.');
    repository.write('c.txt', `${token}\n`);
    expect(await scan()).toEqual({ findings: [], allowed: 0, warnings: [] });
  });

  test('is the index that git names while it commits single files', async () => {
    repository.write('a.txt', 'x\n');
    repository.commit('One');
    repository.write('b.txt', `${token}\n`);
    const indexFile = join(repository.root, '.git', 'next-index');
    repository.git('add', 'a.txt');
    repository.gitBytes(['add', 'b.txt'], { env: { GIT_INDEX_FILE: indexFile } });
    expect((await scan()).findings).toEqual([]);
    expect((await scan({ indexFile })).findings).toMatchObject([{ path: 'b.txt' }]);
  });

  test.each(['hearth:allow-secret', 'gitleaks:allow', 'secretlint-disable-line'])('may be allowed on its line by "%s"', async (comment) => {
    repository.write('a.txt', `${token} # ${comment}\n`);
    repository.git('add', '.');
    expect(await scan()).toMatchObject({ findings: [] });
    repository.write('a.txt', `${token} # ${comment}\n${token}\n${other}\n`);
    repository.git('add', '.');
    expect((await scan()).findings.map(({ line }) => line)).toEqual([2, 3]);
  });

  test('with odd names and texts is named as it is', async () => {
    const name = 'a "b"\t$(x)\n-ü.txt';
    repository.write(name, `${token}\n`);
    repository.git('add', '.');
    expect((await scan()).findings).toMatchObject([{ path: name, line: 1 }]);
  });

  test('says what it could not look at', async () => {
    repository.write('long.txt', `${'x'.repeat(70_000)}\n${token}\n`);
    repository.write('large.txt', `${`${'y'.repeat(99)}\n`.repeat(12_000)}${token}\n`);
    repository.git('add', '.');
    const { findings, warnings } = await scan();
    expect(findings).toMatchObject([{ path: 'long.txt', line: 2 }]);
    expect(warnings).toEqual([
      'large.txt adds more than 1 MB: the rest was not looked at.',
      'long.txt has a line that is too long to look for secrets in.',
    ]);
  });

  test('that only may be a secret is a warning without its value', async () => {
    repository.write('a.ts', `const dbPassword = '${letters(24)}';\n`);
    repository.git('add', '.');
    expect(await scan()).toEqual({ findings: [], allowed: 0, warnings: ['a.ts:1: what dbPassword is set to may be a secret.'] });
  });

  test('is a private key once, whichever rules see it', async () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\nMII${letters(61)}\n${letters(64)}\n${letters(40)}\n-----END RSA PRIVATE KEY-----\n`;
    repository.write('id.pem', key);
    repository.write('service.json', JSON.stringify({ type: 'service_account', private_key_id: '1', private_key: key }, undefined, 2));
    repository.git('add', '.');
    const { findings } = await scan();
    expect(findings.map(({ path, line, message }) => `${path}:${line} ${message}`)).toEqual([
      'id.pem:1 This looks like a private key.',
      'service.json:4 This looks like a private key.',
    ]);
  });
});

describe('the baseline', () => {
  test('takes findings that are no secrets, and keeps what else is in it', async () => {
    repository.write('a.txt', `${token}\n`);
    repository.git('add', '.');
    const [finding] = (await scan()).findings;
    const fingerprints = [finding?.fingerprint ?? '', 'f'.repeat(32)];
    const file = '.hearth/secrets-baseline.json';
    repository.write(file, JSON.stringify({ version: 1, note: 'ours', findings: [{ fingerprint: 'e'.repeat(32), mine: true }] }));
    expect(await allowSecrets(await open(), { fingerprints, reason: 'made up', stage: true, signal })).toEqual({ path: file, added: 2 });
    expect(JSON.parse(readFileSync(join(repository.root, file), 'utf8'))).toEqual({
      version: 1,
      note: 'ours',
      findings: [
        { fingerprint: 'e'.repeat(32), mine: true },
        {
          fingerprint: finding?.fingerprint,
          rule: 'github',
          path: 'a.txt',
          reason: 'made up',
          added: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        },
        { fingerprint: 'f'.repeat(32), reason: 'made up', added: expect.any(String) },
      ],
    });
    expect(repository.git('diff', '--cached', '--name-only')).toContain(file);
    expect(readFileSync(join(repository.root, file), 'utf8')).not.toContain(token);
    expect(await scan()).toMatchObject({ findings: [], allowed: 1 });
    expect(await allowSecrets(await open(), { fingerprints, stage: false, signal })).toMatchObject({ added: 0 });
  });

  test('that is broken hides nothing', async () => {
    repository.write('a.txt', `${token}\n`);
    repository.git('add', '.');
    repository.write('.hearth/secrets-baseline.json', '<<<<<<< HEAD\n');
    const { findings, warnings } = await scan();
    expect(findings).toHaveLength(1);
    expect(warnings[0]).toMatch(/secrets-baseline\.json is not what Hearth has written/);
    await expect(allowSecrets(await open(), { fingerprints: ['f'.repeat(32)], stage: false, signal })).rejects.toMatchObject({
      reason: 'invalid',
    });
  });
});

test('ten thousand files are read one after the other', { timeout: 600_000 }, async () => {
  for (let at = 0; at < 10_000; at++) repository.write(`d${at % 100}/f${at}.txt`, `line ${at}\n${at === 7_777 ? token : 'x'}\n`);
  repository.git('add', '.');
  const before = process.memoryUsage().arrayBuffers;
  const { findings } = await scan();
  expect(findings).toMatchObject([{ path: 'd77/f7777.txt', line: 2 }]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
});
