// The writer: what shares a record, what fails alone, and what a disk that refuses does.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../server/rpc/failure.ts';
import { addProject, projects, storeHome, systemError, watchedDisk } from '../../support/openStore.ts';

const place = storeHome();
const author = { actor: 'test', correlationId: 'test-1' };
const journalSize = () =>
  readdirSync(place.journal()).reduce((sum, name) => sum + readFileSync(path.join(place.journal(), name)).length, 0);

describe('writing', () => {
  it('undoes only the change that throws, and numbers events without a gap', async () => {
    const store = await place.open();
    const outcomes = await Promise.allSettled([
      addProject(store, 'a'),
      store.write(author, (transaction) => {
        transaction.run('insert into projects (id, name, created) values (?, ?, ?)', ['x', 'x', 1]);
        transaction.event({ entity: 'project', entityId: 'x', kind: 'created', payload: {} });
        throw new Error('no');
      }),
      addProject(store, 'a'),
      addProject(store, 'b'),
    ]);
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message))).toEqual([
      1,
      'no',
      expect.stringContaining('UNIQUE'),
      2,
    ]);
    expect(await projects(await place.open(2))).toEqual(['a', 'b']);
  });

  it('answers a repeated key with the first answer, at once and after a restart', async () => {
    const key = { ...author, key: 'k' };
    const store = await place.open(1);
    expect(await Promise.all([addProject(store, 'a', key), addProject(store, 'a', key)])).toEqual([1, 1]);
    const next = await place.open(2);
    expect(await addProject(next, 'a', key)).toBe(1);
    expect(await projects(next)).toEqual(['a']);
    // What was refused was not done, so it may be asked again.
    const other = { ...author, key: 'other' };
    await expect(addProject(next, 'a', other)).rejects.toThrow(/UNIQUE/);
    expect(await addProject(next, 'b', other)).toBe(2);
  });

  it('keeps what a repeated key was told, whatever an owner before the last one still writes', async () => {
    const superseded = new Set<number>();
    const lost = new Failure('locked', 'Another one owns the home.');
    const open = (number: number) =>
      place.open(number, {
        fence: {
          number,
          check: () => {
            if (superseded.has(number)) throw lost;
          },
        },
      });
    const key = { ...author, key: 'k' };
    await (await open(1)).close();
    const first = await open(2);
    const second = await open(3);
    // Written and never acknowledged: the second one owns the home by now, and stands still itself.
    superseded.add(2);
    await expect(addProject(first, 'a', key)).rejects.toBe(lost);
    const third = await open(4);
    superseded.add(3);
    expect(await addProject(third, 'a', key)).toBe(1);
    // The second one goes on for a moment; it has never seen the first one's record.
    await expect(addProject(second, 'z')).rejects.toBe(lost);
    expect(await projects(await open(5))).toEqual(['a']);
  });

  it('forgets keys after a day', async () => {
    let now = 1_800_000_000_000;
    const store = await place.open(1, { clock: () => now });
    await addProject(store, 'a', { ...author, key: 'k' });
    now += 25 * 3_600_000;
    await addProject(store, 'b');
    await addProject(store, 'c');
    expect(await store.read((reader) => reader.all('select key from request_keys'))).toEqual([]);
  });

  it('makes what waits durable together, and nobody reads it before', async () => {
    let release: (() => void) | undefined;
    let synced = 0;
    const disk = watchedDisk(async (operation) => {
      if (operation !== 'datasync') return;
      synced += 1;
      if (release !== undefined) await new Promise<void>((resolve) => (release = resolve));
    });
    const store = await place.open(1, { disk });
    synced = 0;
    const began = performance.now();
    await Promise.all(Array.from({ length: 50 }, (_, index) => addProject(store, `p${index}`)));
    // A batch also ends after ten milliseconds, on a busy machine before everybody had a turn.
    expect(synced).toBeLessThan(Math.max(25, 2 + (performance.now() - began) / 10));

    const before = synced;
    release = () => {};
    const order: string[] = [];
    const writing = addProject(store, 'slow').then(() => order.push('written'));
    while (synced === before) await new Promise((resolve) => setTimeout(resolve, 1));
    const reading = projects(store).then((found) => order.push(found.includes('slow') ? 'read after' : 'read before'));
    // The process is free meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    const waiting = release;
    release = undefined;
    waiting();
    await Promise.all([writing, reading]);
    expect(order).toEqual(['written', 'read after']);
  });

  it('is not kept waiting by readers', async () => {
    const store = await place.open();
    let busy = true;
    const read = async (): Promise<void> => {
      while (busy) await projects(store);
    };
    const readers = [read(), read(), read()];
    for (const id of ['a', 'b', 'c']) await addProject(store, id);
    busy = false;
    await Promise.all(readers);
    expect(await projects(store)).toEqual(['a', 'b', 'c']);
  });

  it('tells of events after they are durable, with the last sequence', async () => {
    const store = await place.open();
    const told: number[] = [];
    const stop = store.onAppended((last) => told.push(last));
    await Promise.all([addProject(store, 'a'), addProject(store, 'b')]);
    await store.write(author, (transaction) => transaction.run('delete from projects where id = ?', ['nobody']));
    stop();
    await addProject(store, 'c');
    // Told together, or one by one where the batch ended between them.
    expect([[2], [1, 2]]).toContainEqual(told);
  });

  it('refuses SQL and values that a replay would not repeat', async () => {
    const store = await place.open();
    const run = (sql: string, ...values: never[]) => store.write(author, (transaction) => transaction.run(sql, values));
    await expect(run('delete from projects where created < unixepoch()')).rejects.toThrow(/replayed/);
    await expect(run('delete from projects where created < ?', Number.NaN as never)).rejects.toThrow(/exactly/);
    await expect(store.read((reader) => reader.all('delete from projects'))).rejects.toThrow(/only read/);
  });
});

describe('a disk that refuses', () => {
  for (const partial of [false, true]) {
    it(`${partial ? 'in the middle of a record' : 'a record'}: nothing changed, one sentence, and it works again`, async () => {
      let full = false;
      const disk = watchedDisk((operation, file, data) => {
        if (!full || operation !== 'write') return;
        if (partial) appendFileSync(path.join(place.journal(), file), (data ?? new Uint8Array()).subarray(0, 40));
        throw systemError('ENOSPC');
      });
      const store = await place.open(1, { disk });
      await addProject(store, 'a');
      const size = journalSize();
      full = true;
      for (const outcome of await Promise.allSettled([addProject(store, 'b'), addProject(store, 'c')])) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { reason: 'io', message: expect.stringMatching(/^The disk is full.*\.$/) },
        });
      }
      expect(journalSize()).toBe(size);
      expect(await projects(store)).toEqual(['a']);
      full = false;
      expect(await addProject(store, 'd')).toBe(2);
      expect(await projects(await place.open(2))).toEqual(['a', 'd']);
    });
  }

  it('at the first record of a journal leaves no file', async () => {
    await addProject(await place.open(1), 'a');
    let full = true;
    const disk = watchedDisk((operation) => {
      if (full && operation === 'write') throw systemError('ENOSPC');
    });
    const store = await place.open(2, { disk });
    await expect(addProject(store, 'b')).rejects.toMatchObject({ reason: 'io' });
    expect(readdirSync(place.journal())).toHaveLength(1);
    full = false;
    await addProject(store, 'c');
    expect(await projects(await place.open(3))).toEqual(['a', 'c']);
  });

  it('to sync: nothing is acknowledged any more, by anybody', async () => {
    let broken = false;
    const disk = watchedDisk((operation) => {
      if (broken && operation === 'datasync') throw systemError('EIO');
    });
    const failures: Failure[] = [];
    const store = await place.open(1, { disk, onFailed: (failure) => failures.push(failure) });
    await addProject(store, 'a');
    broken = true;
    await expect(addProject(store, 'b')).rejects.toMatchObject({ reason: 'io' });
    broken = false;
    await expect(addProject(store, 'c')).rejects.toMatchObject({ reason: 'io' });
    await expect(projects(store)).rejects.toMatchObject({ reason: 'io' });
    expect(failures).toHaveLength(1);
    // What was not acknowledged may be there, what was must be.
    expect(await projects(await place.open(2))).toContain('a');
  });

  it('because of a limit of the system: the same sentence', () => {
    // A file of at most 40 blocks of 1024 bytes: the kernel refuses what goes beyond.
    const program = `
      const { Store } = await import('${path.resolve('server/store/store.ts')}');
      process.on('SIGXFSZ', () => {});
      const store = await Store.open({ home: process.argv[1], fence: { number: 1, check() {} }, log() {} });
      let [done, failure] = [0, undefined];
      while (failure === undefined && done < 1000) {
        try {
          await store.write({ actor: 'test', correlationId: '1' }, (t) => t.run("insert into meta values (?, ?)", ['k' + done, 'x'.repeat(500)]));
          done += 1;
        } catch (error) { failure = error; }
      }
      const kept = await store.read((reader) => reader.get("select count(*) as count from meta where key like 'k%'").count);
      console.log(JSON.stringify({ done, kept, reason: failure?.reason, message: failure?.message }));
      process.exit(0);`;
    const text = execFileSync(
      'bash',
      ['-c', 'ulimit -f 40; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, program, place.home],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const { done, kept, reason, message } = JSON.parse(text);
    expect([kept, reason]).toEqual([done, 'io']);
    expect(done).toBeGreaterThan(10);
    expect(message).toMatch(/^Hearth could not save|^The disk is full/);
  });

  it('says why in one sentence', async () => {
    let code = '';
    const disk = watchedDisk((operation) => {
      if (code !== '' && operation === 'write') throw systemError(code);
    });
    const store = await place.open(1, { disk });
    for (const [refusal, sentence] of [
      ['EACCES', /^Hearth may not write to .*\.$/],
      ['EROFS', /^The folder .* is read-only\.$/],
      ['EDQUOT', /^The disk is full/],
      ['EIO', /^Hearth could not save the change: EIO.*\.$/],
    ] as const) {
      code = refusal;
      await expect(addProject(store, refusal)).rejects.toMatchObject({ reason: 'io', message: expect.stringMatching(sentence) });
    }
    code = '';
    await addProject(store, 'a');
    expect(await projects(store)).toEqual(['a']);
  });
});

describe('an owner that was replaced', () => {
  it('acknowledges nothing, and ends', async () => {
    let lost = false;
    const failures: Failure[] = [];
    const check = () => {
      if (lost) throw new Failure('locked', 'Another hub has taken over.');
    };
    const store = await place.open(1, { fence: { number: 1, check }, onFailed: (failure) => failures.push(failure) });
    await addProject(store, 'a');
    lost = true;
    const outcomes = await Promise.allSettled([addProject(store, 'b'), addProject(store, 'c')]);
    expect(outcomes.map((each) => each.status === 'rejected' && each.reason.reason)).toEqual(['locked', 'locked']);
    expect(failures.map(({ reason }) => reason)).toEqual(['locked']);
    await expect(store.snapshot()).rejects.toMatchObject({ reason: 'locked' });
  });
});
