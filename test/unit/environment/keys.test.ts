// Master keys: their files, their exports.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openKeys, sealKeys } from '../../../server/environment/keyArchive.ts';
import { Keys } from '../../../server/environment/keys.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'hearth-keys-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (id: string) => path.join(home, 'keys', id);
const refused = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
};

describe('a key', () => {
  test('is a file of its user only, named after itself; another one each time', () => {
    const keys = new Keys(home);
    expect(keys.list()).toEqual([]);
    const [first, second] = [keys.create(1000), keys.create(2000)];
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
    expect(statSync(file(first)).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(home, 'keys')).mode & 0o777).toBe(0o700);
    const again = new Keys(home);
    expect(again.list()).toEqual([
      { id: second, created: 2000 },
      { id: first, created: 1000 },
    ]);
    expect(again.get(first).equals(keys.get(first))).toBe(true);
    expect(again.get(first).equals(keys.get(second))).toBe(false);
    expect(again.get(first).symmetricKeySize).toBe(32);
  });

  test('that is not here, damaged, or another under its name is refused, and says what to do', () => {
    const id = new Keys(home).create(1000);
    expect(refused(() => new Keys(home).get('0123456789abcdef'))).toMatchObject({
      reason: 'precondition',
      message: 'The master key 0123456789abcdef is not here.',
      hint: expect.stringContaining('hearth env key import'),
    });
    expect(refused(() => new Keys(home).get('../../etc/passwd'))).toMatchObject({ reason: 'precondition' });
    const other = new Keys(home).create(1000);
    const text = readFileSync(file(id), 'utf8');
    for (const wrong of ['', text.slice(0, -10), readFileSync(file(other), 'utf8'), readFileSync(file(other), 'utf8').replace(other, id)]) {
      writeFileSync(file(id), wrong);
      const keys = new Keys(home);
      expect(refused(() => keys.get(id))).toMatchObject({ reason: 'precondition', message: expect.stringContaining('damaged') });
      expect(keys.list().find((each) => each.id === id)).toMatchObject({ problem: expect.stringContaining('damaged') });
    }
    expect(new Keys(home).get(other).symmetricKeySize).toBe(32);
  });

  test.skipIf(process.platform === 'win32')('that others can read, or that is a link, is refused', () => {
    const id = new Keys(home).create(1000);
    chmodSync(file(id), 0o640);
    expect(refused(() => new Keys(home).get(id))).toMatchObject({ reason: 'precondition', message: `Other users can open ${file(id)}.` });
    chmodSync(file(id), 0o600);
    new Keys(home).get(id);
    renameSync(path.join(home, 'keys'), path.join(home, 'elsewhere'));
    mkdirSync(path.join(home, 'keys'), { mode: 0o755 });
    chmodSync(path.join(home, 'keys'), 0o755);
    expect(refused(() => new Keys(home).create(1000))).toMatchObject({ reason: 'precondition' });
    expect(readdirSync(path.join(home, 'keys'))).toEqual([]);
  });
});

describe('an export', () => {
  test('brings the keys elsewhere with its passphrase, and shows nothing without it', async () => {
    const keys = new Keys(home);
    const ids = [keys.create(1000), keys.create(2000)];
    const records = keys.records();
    const text = await sealKeys(records, 'correct horse é');
    for (const { key } of records) expect(text).not.toContain(key.slice(0, 20));
    // The same letters, composed in another way.
    expect(await openKeys(text, 'correct horse e\u0301')).toEqual(records);
    const elsewhere = new Keys(path.join(home, 'elsewhere'));
    expect(records.map((each) => elsewhere.add(each))).toEqual([true, true]);
    expect(records.map((each) => elsewhere.add(each))).toEqual([false, false]);
    for (const id of ids) expect(elsewhere.get(id).equals(keys.get(id))).toBe(true);
    await expect(openKeys(text, 'correct horse')).rejects.toMatchObject({ reason: 'invalid', hint: 'Nothing was imported.' });
    const changed = JSON.parse(text) as Record<string, unknown>;
    const nonce = Buffer.from(String(changed['nonce']), 'base64');
    nonce.writeUInt8(nonce.readUInt8(0) ^ 1, 0);
    await expect(openKeys(JSON.stringify({ ...changed, nonce: nonce.toString('base64') }), 'correct horse é')).rejects.toMatchObject({
      reason: 'invalid',
    });
  });

  test('that is none, or would cost too much to try, is refused at once', async () => {
    const wrong = { format: 'hearth-keys-1', N: 2 ** 17, r: 8, p: 1, salt: '', nonce: '', cipher: '' };
    for (const text of ['', '{}', 'null', '[]', JSON.stringify({ ...wrong, N: 2 ** 24 }), JSON.stringify({ ...wrong, p: 1.5 })]) {
      await expect(openKeys(text, 'passphrase')).rejects.toMatchObject({ message: 'This is no export of master keys.' });
    }
  });

  test('with a key that is not what its id says is refused', () => {
    const [record] = [new Keys(home)].map((keys) => {
      keys.create(1000);
      return keys.records()[0];
    });
    if (record === undefined) throw new Error('no key');
    const elsewhere = new Keys(path.join(home, 'elsewhere'));
    expect(refused(() => elsewhere.add({ ...record, id: '0123456789abcdef' }))).toMatchObject({ reason: 'invalid' });
    expect(refused(() => elsewhere.add({ ...record, key: '' }))).toMatchObject({ reason: 'invalid' });
    expect(elsewhere.list()).toEqual([]);
  });
});
