// A process that stores secrets, rotates the master key, or says what it finds, on real files; killed −9 where it is told to be.
import fs from 'node:fs';
import { Keys } from '../../../server/environment/keys.ts';
import { allSecrets, currentKey, openSecret, sealAgain, store as storeVariable } from '../../../server/environment/storedVariables.ts';
import { claimFence, fenceOf, readOwner } from '../../../server/hub/owner.ts';
import { realDisk } from '../../../server/store/disk.ts';
import { Store } from '../../../server/store/store.ts';
import type { Reader } from '../../../server/store/types.ts';
import { FaultDisk } from './faultDisk.ts';

/** What its one argument, JSON, says. */
export interface SecretOrders {
  readonly home: string;
  readonly action: 'store' | 'rotate';
  readonly count: number;
  /** Operation of the store's disk, or call that writes the key's file, at which the process is killed. */
  readonly kill?:
    | { readonly disk: number; readonly where: 'before' | 'middle' | 'after' }
    | { readonly call: 'openSync' | 'writeSync' | 'fsyncSync' };
}

/** What it finds, before and after what it does. */
export interface Sayings {
  readonly before: SecretsFound;
  readonly after: SecretsFound;
}

export interface SecretsFound {
  readonly values: Readonly<Record<string, string>>;
  /** Keys that secrets need. */
  readonly needed: readonly string[];
  readonly current: string;
  readonly files: readonly string[];
}

const { home, action, count, kill } = JSON.parse(process.argv[2] ?? '') as SecretOrders;
const project = '00000000-0000-4000-8000-000000000001';
const author = { actor: 'test', correlationId: 'test' };
const end = () => process.kill(process.pid, 'SIGKILL');

const disk = new FaultDisk(
  realDisk,
  ({ index }) => (kill !== undefined && 'disk' in kill && index === kill.disk ? { kind: 'cut', where: kill.where, part: 0.5 } : undefined),
  end,
);
void run();

async function run(): Promise<void> {
  const owner = claimFence(home, readOwner(home));
  if (owner === undefined) throw new Error('somebody else claimed the home');
  const state = await Store.open({ home, fence: fenceOf(home, owner), log: () => {}, disk });
  const keys = new Keys(home);
  if (kill !== undefined && 'call' in kill) killInKeyFile(kill.call);
  const look = () => state.read((reader) => lookInto(reader, keys));
  const before = await look();
  if (action === 'store') {
    await state.write(author, (transaction) => {
      transaction.run("insert into projects (id, name, created) values (?, 'shop', 0)", [project]);
      for (let at = 0; at < count; at++) {
        const given = { name: `SECRET_${at}`, value: `value ${at}`, secret: true };
        storeVariable(transaction, keys, { project, environment: 'production', service: '' }, given);
      }
    });
  }
  if (action === 'rotate') await state.write(author, (transaction) => sealAgain(transaction, keys, keys.create(transaction.now)));
  const after = await look();
  await state.close();
  fs.writeSync(3, JSON.stringify({ before, after } satisfies Sayings));
}

function lookInto(reader: Reader, keys: Keys): SecretsFound {
  const secrets = allSecrets(reader);
  return {
    values: Object.fromEntries(secrets.map((each) => [each.name, openSecret(keys, each)])),
    needed: [...new Set(secrets.map(({ key }) => key))],
    current: currentKey(reader) ?? '',
    files: keys.list().map(({ id, problem }) => (problem === undefined ? id : `${id} damaged`)),
  };
}

/** Kills after the first call that is for a file of the folder of keys. */
function killInKeyFile(call: 'openSync' | 'writeSync' | 'fsyncSync'): void {
  const real = fs[call] as (...given: unknown[]) => unknown;
  const open = fs.openSync;
  const handles = new Set<unknown>();
  const watched = (...given: unknown[]): unknown => {
    const mine = call === 'openSync' ? String(given[0]).startsWith(`${home}/keys/`) : handles.has(given[0]);
    const result = real(...given);
    if (mine) end();
    return result;
  };
  Object.assign(fs, { [call]: watched });
  if (call === 'openSync') return;
  const remembering = (...given: unknown[]) => {
    const handle = (open as (...all: unknown[]) => number)(...given);
    if (String(given[0]).startsWith(`${home}/keys/`)) handles.add(handle);
    return handle;
  };
  Object.assign(fs, { openSync: remembering });
}
