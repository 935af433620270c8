// Secrets in the store (fault 17): a lost or another key, changed or exchanged bytes, rotation. Nothing is shown that is not what was stored.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { currentKey, sealAgain, secretsByKey, store } from '../../../server/environment/storedVariables.ts';
import type { Row, Value } from '../../../server/store/types.ts';
import { author } from '../../support/stateStore.ts';
import { openVault, project, type Vault } from '../../support/vault.ts';

const yaml = `
version: 1
project: shop
services:
  web: { image: "web:1", secrets: [A, B] }
  api: { image: "api:1", secrets: [A] }
environments:
  production: { docker: local, routing: { kind: none } }
  staging: { docker: local, routing: { kind: none } }
`;

let vault: Vault;
beforeEach(async () => {
  vault = await openVault();
  await vault.set('production', { A: 'value-a', B: 'value-b' }, true);
  await vault.set('staging', { A: 'value-of-staging', B: 'value-b-of-staging' }, true);
});
afterEach(() => vault.close());

const resolved = (environment = 'production', service = 'web') => vault.resolve(yaml, environment, service);
/** Changes the rows behind the program's back. */
const tamper = (sql: string, params: readonly Value[] = []) =>
  vault.state.store.write(author, (transaction) => transaction.run(sql, params));
const row = (environment: string, name: string) =>
  vault.read((reader) => reader.get<Row>('select * from variables where environment = ? and name = ?', [environment, name]));
const rotate = () =>
  vault.state.store.write(author, (transaction) => sealAgain(transaction, vault.keys, vault.keys.create(transaction.now)));
const notWhatWasStored =
  /^[AB] cannot be read: The secret [AB] of production is not what was stored: it was changed, or moved here\. Set it again/;

describe('a secret', () => {
  test('is not on the disk in plain text, nor in base64', async () => {
    await vault.set('production/web', { LONG: 'a-value-that-is-found-by-its-looks' }, true);
    await vault.state.store.snapshot();
    await vault.state.keeping.backups.create('manual', await vault.state.store.image());
    const files = readdirSync(vault.state.home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const each of files) {
      const bytes = readFileSync(path.join(each.parentPath, each.name));
      for (const text of [
        'value-of-staging',
        'a-value-that-is-found',
        Buffer.from('a-value-that-is-found').toString('base64').slice(0, -2),
      ]) {
        expect(bytes.includes(text), each.name).toBe(false);
      }
    }
    expect((await resolved()).values).toEqual({ A: 'value-a', B: 'value-b' });
  });

  test('has other bytes each time, also for the same value', async () => {
    const before = await row('production', 'A');
    await vault.set('production', { A: 'other' }, true);
    await vault.set('production', { A: 'value-a' }, true);
    const after = await row('production', 'A');
    expect(after?.['version']).toBe(3);
    expect(after?.['cipher']).not.toEqual(before?.['cipher']);
    expect(after?.['nonce']).not.toEqual(before?.['nonce']);
  });

  test('whose bytes were changed is refused; the others go on', async () => {
    const before = await row('production', 'A');
    for (const column of ['cipher', 'nonce'] as const) {
      const bytes = Buffer.from(before?.[column] as Uint8Array);
      for (const at of [0, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        await tamper(`update variables set ${column} = ? where environment = 'production' and name = 'A'`, [changed]);
        const { values, problems } = await resolved();
        expect(values).toEqual({ B: 'value-b' });
        expect(problems).toEqual([expect.stringMatching(notWhatWasStored)]);
      }
      await tamper(`update variables set ${column} = ? where environment = 'production' and name = 'A'`, [bytes]);
    }
    await tamper("update variables set cipher = x'00' where environment = 'production' and name = 'A'");
    expect((await resolved()).problems).toEqual([expect.stringMatching(notWhatWasStored)]);
  });

  test('does not count in another environment, under another name, in another project, for one service, as an earlier version', async () => {
    const other = '00000000-0000-4000-8000-000000000002';
    await tamper("insert into projects (id, name, created) values (?, 'other', 0)", [other]);
    await vault.state.store.write(author, (transaction) =>
      store(
        transaction,
        vault.keys,
        { project: other, environment: 'production', service: '' },
        { name: 'A', value: 'other', secret: true },
      ),
    );
    const take = `update variables set (key, nonce, cipher) = (select key, nonce, cipher from variables where project = ?1 and environment = ?2 and name = ?3)
      where project = '${project}' and environment = 'production' and name = 'A'`;
    for (const [from, environment, name] of [
      [project, 'staging', 'A'],
      [project, 'production', 'B'],
      [other, 'production', 'A'],
    ] as const) {
      // Of the first version, as the other one is: nothing but the place differs.
      await tamper(`delete from variables where project = '${project}' and environment = 'production' and name = 'A'`);
      await vault.set('production', { A: 'value-a' }, true);
      expect((await resolved()).values['A']).toBe('value-a');
      await tamper(take, [from, environment, name]);
      expect((await resolved()).problems, `${from} ${environment} ${name}`).toEqual([expect.stringMatching(notWhatWasStored)]);
    }
    await tamper("delete from variables where environment = 'production' and name = 'A'");
    await vault.set('production', { A: 'value-a' }, true);
    await tamper("update variables set service = 'api' where environment = 'production' and name = 'A'");
    expect((await resolved('production', 'api')).problems).toEqual([expect.stringMatching(notWhatWasStored)]);
    await tamper("update variables set service = '' where environment = 'production' and name = 'A'");
    const earlier = await row('production', 'A');
    await vault.set('production', { A: 'newer' }, true);
    const columns = [earlier?.['nonce'], earlier?.['cipher']] as Uint8Array[];
    await tamper("update variables set nonce = ?, cipher = ? where environment = 'production' and name = 'A'", columns);
    expect((await resolved()).problems).toEqual([expect.stringMatching(notWhatWasStored)]);
  });
});

test('without its key a secret is refused with the way out, and counts again when the key is back', async () => {
  const records = vault.keys.records();
  rmSync(vault.keys.folder, { recursive: true });
  vault.restart();
  expect(await resolved()).toMatchObject({
    values: {},
    problems: [
      expect.stringMatching(/^A cannot be read: The master key [0-9a-f]{16} is not here\. `hearth env key import`/),
      expect.stringMatching(/^B cannot be read/),
    ],
  });
  // One that is set now has a key of its own.
  expect(await vault.set('production', { A: 'set again' }, true)).toEqual([true]);
  expect(await resolved()).toMatchObject({ values: { A: 'set again' }, problems: [expect.stringMatching(/^B/)] });
  for (const record of records) vault.keys.add(record);
  expect(await resolved()).toMatchObject({ values: { A: 'set again', B: 'value-b' }, problems: [] });
});

describe('rotation', () => {
  test('seals everything with a new key; the earlier one stays', async () => {
    const [before, old] = [await row('production', 'A'), await vault.read(currentKey)];
    expect(await rotate()).toBe(4);
    const after = await row('production', 'A');
    const current = await vault.read(currentKey);
    expect(current).not.toBe(old);
    expect(after?.['key']).toBe(current);
    expect(after?.['version']).toBe(before?.['version']);
    expect(after?.['cipher']).not.toEqual(before?.['cipher']);
    expect(await vault.read(secretsByKey)).toEqual(new Map([[current, 4]]));
    expect(
      vault.keys
        .list()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([old, current].sort());
    expect((await resolved()).values).toEqual({ A: 'value-a', B: 'value-b' });
    expect((await resolved('staging')).values).toEqual({ A: 'value-of-staging', B: 'value-b-of-staging' });
    await vault.set('production', { A: 'sealed with the new one' }, true);
    expect((await row('production', 'A'))?.['key']).toBe(current);
  });

  test('changes nothing when one secret cannot be read', async () => {
    await tamper("update variables set cipher = x'00112233445566778899aabbccddeeff00' where environment = 'staging' and name = 'B'");
    const before = await vault.read((reader) => [reader.all('select * from variables'), currentKey(reader)]);
    await expect(rotate()).rejects.toMatchObject({ reason: 'precondition', message: expect.stringContaining('B of staging') });
    expect(await vault.read((reader) => [reader.all('select * from variables'), currentKey(reader)])).toEqual(before);
    expect((await resolved()).values).toEqual({ A: 'value-a', B: 'value-b' });
  });
});
