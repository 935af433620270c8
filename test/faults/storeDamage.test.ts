// Files cut at every byte and with a wrong bit in every byte: the right state, or one sentence and nothing changed. The only change that may
// be left out is the very last one, and then a cut is taken for an interrupted write, a wrong bit is told and its bytes are kept.
import { beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../server/rpc/failure.ts';
import { verifyLog } from '../../server/store/audit.ts';
import { Segments } from '../../server/store/segments.ts';
import { Store } from '../../server/store/store.ts';
import { Random } from '../support/repositories/random.ts';
import { FaultDisk } from './support/faultDisk.ts';
import { diskOf, MemoryDisk } from './support/memoryDisk.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';
import { digestOf, perform, planWork } from './support/workload.ts';

const home = '/home';
const start = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const calm = { signal: new AbortController().signal, progress: () => {} };

/** `npm test` looks at every so many bytes, another one first in each file; the long form at all of them. */
const step = seeds > 0 ? 1 : 13;

let files: Map<string, Buffer>;
/** Digest of the state at each position. */
const states = new Map<number, string>();
/** Ends of the records of each journal. */
const ends = new Map<string, number[]>();
let position = 0;

const named = (part: string, from = files) => [...from.keys()].filter((name) => name.includes(part)).sort();
const content = (name: string) => files.get(name) ?? Buffer.alloc(0);

async function digest(store: Store): Promise<string> {
  return store.read((reader) => digestOf(reader));
}

/** Three owners: the first leaves two parts and a snapshot between them, the second replaces the state, the third seals old events. None ends cleanly. */
beforeAll(async () => {
  const memory = new MemoryDisk();
  const random = new Random(11);
  const disk = new FaultDisk(memory, ({ kind, file, size }) => {
    if (kind === 'write' && file.endsWith('.journal')) {
      const before = ends.get(file) ?? [];
      ends.set(file, [...before, (before.at(-1) ?? 0) + size]);
    }
    return undefined;
  });
  for (let fence = 1; fence <= 3; fence++) {
    const clock = () => start + fence * 60 * day;
    const store = await Store.open({ home, disk, fence: { number: fence, check: () => {} }, clock, log: () => {} });
    const remember = () => store.read((reader) => states.set(store.position, digestOf(reader)));
    await remember();
    for (const [index, work] of planWork(random, `f${fence}`, 7).entries()) {
      // Keys of earlier owners would be forgotten in a change of its own.
      await perform(store, { ...work, size: work.size % 100, keyed: fence === 3 && work.keyed }).catch(() => {});
      await remember();
      if (index === 3 && fence === 1) await store.snapshot();
      if (index === 3 && fence === 2) {
        await store.replace(async ({ image }) => ({ image, lastEvent: 1, answer: undefined }));
        await remember();
      }
      if (index === 3 && fence === 3) {
        await new Segments(disk, store.layout.segments).seal(store, clock());
        await remember();
      }
    }
    position = store.position;
  }
  files = memory.files();
  expect(named('.journal').length).toBeGreaterThanOrEqual(5);
  expect(named('.snapshot')).toHaveLength(2);
  expect(named('/segments/')).toHaveLength(1);
  expect(states.size).toBeGreaterThan(15);
});

interface Opened {
  kind: 'opened';
  position: number;
  right: boolean;
  warnings: readonly string[];
  quarantined: string[];
}
type Outcome = Opened | { kind: 'refused'; message: string; unchanged: boolean } | { kind: 'crashed'; stack: string };

async function openWith(name: string, changed: Buffer): Promise<Outcome> {
  const disk = diskOf([...files, [name, changed]]);
  try {
    const store = await Store.open({ home, disk, fence: { number: 4, check: () => {} }, log: () => {} });
    try {
      const right = (await digest(store)) === states.get(store.position);
      return {
        kind: 'opened',
        position: store.position,
        right,
        warnings: store.warnings,
        quarantined: named('/quarantine/', disk.files()),
      };
    } finally {
      // It leaves nothing in memory behind; what it writes at its end is not looked at.
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.reason === 'internal') return { kind: 'crashed', stack: String((error as Error).stack) };
    const after = disk.files();
    const before = new Map([...files, [name, changed]]);
    const unchanged = after.size === before.size && [...after].every(([each, bytes]) => before.get(each)?.equals(bytes) === true);
    return { kind: 'refused', message: error.message, unchanged };
  }
}

/** What holds whatever was done to the files; `last`: the position that may be reached at least. */
function judge(outcome: Outcome, least: number, invariants: Invariants, where: string): void {
  if (outcome.kind === 'crashed') invariants.report([outcome.stack], where);
  else if (outcome.kind === 'refused') {
    invariants.that(outcome.unchanged, `${where}: refused, but changed files`);
    invariants.that(/^[A-Z].*\.$/.test(outcome.message) && !outcome.message.includes('\n'), `${where}: no sentence: ${outcome.message}`);
  } else {
    invariants.that(outcome.right, `${where}: another state than that of position ${outcome.position}`);
    invariants.that(outcome.position >= least, `${where}: silently at ${outcome.position} instead of ${least}`);
  }
}

describe('a journal', () => {
  test('cut at every byte', { timeout: 1_800_000 }, async () => {
    const invariants = new Invariants();
    const journals = named('.journal');
    for (const [index, name] of journals.entries()) {
      const bytes = content(name);
      const newest = name === journals.at(-1);
      const whole = ends.get(name) ?? [];
      for (let at = index % step; at < bytes.length; at += step) {
        const outcome = await openWith(name, bytes.subarray(0, at));
        const lost = whole.filter((end) => end > at).length;
        judge(outcome, newest ? position - lost : position, invariants, `${name} cut at ${at}`);
        if (newest) invariants.that(outcome.kind === 'opened', `${name} cut at ${at}: an interrupted write is refused`);
        survived('cuts');
      }
    }
    invariants.check();
  });

  test('with a wrong bit in every byte', { timeout: 1_800_000 }, async () => {
    const invariants = new Invariants();
    const random = new Random(5);
    const journals = named('.journal');
    for (const [index, name] of journals.entries()) {
      const bytes = content(name);
      const lastRecord = name === journals.at(-1) ? (ends.get(name)?.at(-2) ?? bytes.length) : bytes.length;
      for (let at = index % step; at < bytes.length; at += step) {
        const outcome = await openWith(name, flipped(bytes, at, random));
        const inLast = at >= lastRecord;
        judge(outcome, inLast ? position - 1 : position, invariants, `${name} flipped at ${at}`);
        if (inLast && outcome.kind === 'opened') {
          const told = outcome.warnings.length > 0 && outcome.quarantined.length > 0;
          invariants.that(told, `${name} flipped at ${at}: the last change is left out and nobody is told`);
        }
        survived('flips');
      }
    }
    invariants.check();
  });
});

test('a snapshot with a wrong bit, or cut: the same state from the one before, kept in quarantine', { timeout: 1_800_000 }, async () => {
  const invariants = new Invariants();
  const random = new Random(6);
  for (const name of [...named('.snapshot'), ...named('.replacement')]) {
    const bytes = content(name);
    const firstLine = bytes.indexOf(0x0a) + 1;
    const places = [...Array(Math.ceil(firstLine / step)).keys()].map((each) => each * step);
    for (let count = 0; count < (seeds > 0 ? 600 : 40); count++) places.push(random.below(bytes.length));
    for (const at of places) {
      const cut = random.chance(0.2);
      const outcome = await openWith(name, cut ? bytes.subarray(0, at) : flipped(bytes, at, random));
      judge(outcome, position, invariants, `${name} ${cut ? 'cut' : 'flipped'} at ${at}`);
      if (name === named('.snapshot').at(-1) && outcome.kind === 'opened') {
        const told = outcome.warnings.length > 0 && outcome.quarantined.length > 0;
        invariants.that(told, `${name} damaged at ${at}: nobody is told`);
      }
      survived(cut ? 'cuts' : 'flips');
    }
  }
  invariants.check();
});

test('a sealed segment with a wrong bit: the state is right, and the check of the chain names it', { timeout: 1_800_000 }, async () => {
  const invariants = new Invariants();
  const random = new Random(7);
  const [name = ''] = named('/segments/');
  const bytes = content(name);
  for (let at = 0; at < bytes.length; at += step * 3) {
    const disk = diskOf([...files, [name, flipped(bytes, at, random)]]);
    const store = await Store.open({ home, disk, fence: { number: 4, check: () => {} }, log: () => {} });
    invariants.that((await digest(store)) === states.get(position), `flipped at ${at}: another state`);
    const { problems } = await verifyLog(store, new Segments(disk, store.layout.segments), calm);
    invariants.that(
      problems.length > 0 && problems.every(({ segment }) => segment !== undefined && name.endsWith(segment)),
      `flipped at ${at}: not found`,
    );
    await store.close();
    survived('flips');
  }
  invariants.check();
});

function flipped(bytes: Buffer, at: number, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}
