// The disk refuses: full, failing, read-only. Each change that is refused is told so in a sentence, and is not there; what was acknowledged is.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../server/rpc/failure.ts';
import { type Disk, realDisk } from '../../server/store/disk.ts';
import { Store } from '../../server/store/store.ts';
import { Random } from '../support/repositories/random.ts';
import { FaultDisk, type Operation } from './support/faultDisk.ts';
import { live } from './support/life.ts';
import { MemoryDisk } from './support/memoryDisk.ts';
import { Oracle } from './support/oracle.ts';
import { repeat, seedsOf } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';
import { perform, planWork, type Work } from './support/workload.ts';

const clock = () => Date.UTC(2026, 0, 1);
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

function life(home: string, disk: Disk, number: number, say: Parameters<typeof live>[0]['say'], count = 20): Parameters<typeof live>[0] {
  return { home, disk, fence: { number, check: () => {} }, seed: 3, life: number, count, writers: 3, again: [], clock, say };
}

test('full, then free again: at each operation, for a while', { timeout: 1_200_000 }, async () => {
  const invariants = new Invariants();
  for (const seed of seedsOf(25)) {
    const random = new Random(seed);
    const memory = new MemoryDisk();
    const oracle = new Oracle();
    const from = random.between(1, 40);
    const to = random.chance(0.3) ? Number.POSITIVE_INFINITY : from + random.between(0, 12);
    const grows = ['write', 'create', 'makeFolder'];
    const fails = ({ index, kind }: Operation) => index >= from && index <= to && grows.includes(kind);
    const disk = new FaultDisk(memory, (each) =>
      fails(each) ? { kind: 'fail', code: 'ENOSPC', part: Math.min(1, random.next() * 1.4) } : undefined,
    );
    const where = `full from ${from} to ${to}, ${repeat('storeFull', seed)}`;
    for (let number = 1; number <= 3; number++) {
      await live(
        life('/home', number === 1 ? disk : memory, number, (saying) => {
          // A home that could not even be begun says so.
          if (number === 1 && saying.say === 'refused') invariants.that(/disk is full/.test(saying.message), `${where}: ${saying.message}`);
          else invariants.report(oracle.hear(saying), where);
        }),
      );
    }
    invariants.that(oracle.acknowledged > 0, `${where}: nothing could be written`);
    survived('full');
  }
  invariants.check();
});

test('a sync that fails: nothing is acknowledged from then on, and the next start decides', { timeout: 1_200_000 }, async () => {
  const invariants = new Invariants();
  let failed = 0;
  for (const seed of seedsOf(15)) {
    const random = new Random(seed);
    const memory = new MemoryDisk();
    const oracle = new Oracle();
    const failing = random.between(2, 9);
    let syncs = 0;
    let broken = false;
    const disk = new FaultDisk(memory, ({ kind, file }) => {
      if (kind !== 'datasync' || !file.endsWith('.journal') || ++syncs !== failing) return undefined;
      broken = true;
      return { kind: 'fail', code: 'EIO' };
    });
    const where = repeat('storeFull', seed);
    await live(
      life('/home', disk, 1, (saying) => {
        if (broken && saying.say === 'done') invariants.report([`${saying.id} was acknowledged after a sync had failed`], where);
        invariants.report(oracle.hear(saying), where);
      }),
    );
    failed += broken ? 1 : 0;
    const survivor = memory.afterPowerCut(random);
    for (let number = 2; number <= 3; number++) {
      await live(life('/home', survivor, number, (saying) => invariants.report(oracle.hear(saying), where), 4));
    }
    survived('full');
  }
  invariants.that(failed > 0, 'no sync failed');
  invariants.check();
});

/** A real file system of two megabytes, when this user may mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-small-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', folder]).status !== 0)
    return undefined;
  undo.push(() => execFileSync('umount', ['-l', folder]));
  return folder;
}

test('a real disk that is full, then freed, then read-only', { timeout: 120_000 }, async (context) => {
  const home = smallDisk();
  if (home === undefined) return context.skip('needs the right to mount');
  const invariants = new Invariants();
  const oracle = new Oracle();
  const store = await Store.open({ home, fence: { number: 1, check: () => {} }, log: () => {} });
  const refusals = new Set<string>();
  const ask = async (work: Work) => {
    oracle.hear({ say: 'asked', work });
    try {
      invariants.report(oracle.hear({ say: 'done', id: work.id, answer: await perform(store, work) }));
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) {
        if (work.kind !== 'orphan' && work.kind !== 'thrown') throw error;
        return true;
      }
      refusals.add(error.message);
      oracle.hear({ say: 'failed', id: work.id, reason: error.message, nothing: true });
      return false;
    }
  };
  const random = new Random(1);
  expect(await ask({ id: 'first', kind: 'project', keyed: true, rows: 2, size: 10 })).toBe(true);
  for (let round = 0; round < 6; round++) {
    const { bavail, bsize } = statfsSync(home);
    const filler = path.join(home, 'filler');
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - random.between(0, 9000))));
    let full = false;
    for (const work of planWork(random, `full-${round}`, 30)) full = !(await ask({ ...work, size: 3000 })) || full;
    invariants.that(full, `round ${round}: it was never full`);
    // A snapshot that does not fit costs nothing.
    await store.snapshot().catch(() => {});
    rmSync(filler);
    for (const work of planWork(random, `free-${round}`, 4))
      invariants.that(await ask(work), `round ${round}: still refused after space was freed`);
    survived('full');
  }
  expect([...refusals]).toEqual(['The disk is full: Hearth could not save the change.']);
  await store.close();
  execFileSync('mount', ['-o', 'remount,ro', home]);
  const reader = await Store.open({ home, fence: { number: 2, check: () => {} }, log: () => {} }).catch((error: unknown) => error);
  if (reader instanceof Store) {
    const refused = await perform(reader, { id: 'readonly', kind: 'note', keyed: false, rows: 0, size: 0 }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ reason: 'io', message: 'The folder where Hearth keeps its state is read-only.' });
    await reader.close();
  } else expect(reader).toMatchObject({ reason: 'io', message: expect.stringMatching(/read-only/) });
  execFileSync('mount', ['-o', 'remount,rw', home]);
  await live(life(home, realDisk, 3, (saying) => invariants.report(oracle.hear(saying)), 3));
  invariants.check();
});
