// `hearth store` with a real hub: what it holds, a dry run, and the way out of a damaged journal.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrations } from '../../../server/store/schema.ts';
import { HubHome } from '../../support/hub.ts';

const schema = migrations.at(-1)?.version;

let home: HubHome;
beforeEach(() => {
  home = new HubHome();
});
afterEach(() => home.dispose());

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await home.cli(args);
  return { code, stdout, stderr: stderr.trim() };
};

it('says what the store holds, as text and as JSON', async () => {
  await run('events', 'note', 'one');
  const text = await run('store', 'info');
  expect(text.code).toBe(0);
  for (const line of [/^Home +\S+$/m, new RegExp(`^Schema +${schema}$`, 'm'), /^Table +events +1$/m, /^Snapshot +none$/m])
    expect(text.stdout).toMatch(line);
  const facts = JSON.parse((await run('store', 'info', '--json')).stdout);
  expect(facts).toMatchObject({ home: home.path, schema, quarantined: [], warnings: [] });
  expect(facts.ownerId).toMatch(/^[0-9a-f-]{36}$/);
  expect(facts.size.journals).toBeGreaterThan(0);
});

it('tries migrations beside a running hub, without one, and in an empty home', async () => {
  expect(await run('store', 'migrate', '--dry-run')).toMatchObject({ code: 0, stdout: expect.stringContaining(`Schema 0 → ${schema}`) });
  await run('events', 'note', 'one');
  expect(await run('store', 'migrate', '--dry-run')).toMatchObject({ code: 0, stdout: expect.stringContaining(`has schema ${schema}`) });
  expect((await run('store', 'migrate')).code).toBe(2);
});

it('leads out of a damaged journal', async () => {
  for (const word of ['one', 'two', 'three']) await run('events', 'note', word);
  await home.kill();
  const folder = path.join(home.path, 'store/journal');
  const [name] = readdirSync(folder);
  const file = path.join(folder, name ?? '');
  const bytes = readFileSync(file);
  const at = bytes.indexOf('two');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);

  const refused = await run('events');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^hearth: The store is damaged: .*`hearth store recover`/)]);
  const shown = await run('store', 'recover');
  expect([shown.code, shown.stderr]).toEqual([1, expect.stringMatching(/2 changes after change 3 would be left out\..*--yes/)]);
  expect(readFileSync(file)).toEqual(bytes);

  expect(await run('store', 'recover', '--yes')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 changes left out[\s\S]*in quarantine/),
  });
  const events = await run('events');
  expect(events.stdout).toContain('one');
  expect(events.stdout).not.toMatch(/two|three/);
  const again = await run('store', 'recover', '--yes');
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was done') });
  expect((await run('audit', 'verify')).code).toBe(0);
});
