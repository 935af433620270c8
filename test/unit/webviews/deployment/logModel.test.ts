// The log of a deployment in the panel: lines as they come, gaps, search, what survives a hub that is lost.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { firstLook, LogModel } from '../../../../webviews/deployment/logModel.ts';
import type { LogLine } from '../../../../webviews/deployment/messages.ts';
import { PanelError } from '../../../../webviews/ui/bridge.ts';

type Outcome = { ended: boolean; kept: boolean } | PanelError;

/** The shell's end: each question waits until the test answers it. */
class Shell {
  readonly asked: { ask: number; id: string; signal: AbortSignal | undefined; answer(outcome: Outcome): void }[] = [];
  #hear: (value: { ask: number; lines: readonly LogLine[] }) => void = () => {};

  readonly bridge = {
    ask: (_method: string, { ask, id }: { ask: number; id: string }, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise((resolve, reject) => {
        const answer = (outcome: Outcome) => (outcome instanceof PanelError ? reject(outcome) : resolve(outcome));
        signal?.addEventListener('abort', () => answer(new PanelError({ reason: 'cancelled', message: 'Cancelled.' })));
        this.asked.push({ ask, id, signal, answer });
      }),
    on: (_name: string, listener: (value: never) => void) => {
      this.#hear = listener as (value: unknown) => void;
    },
  };

  /** Of the log that was asked for last under this id. */
  lines(id: string, from: number, count: number, text = 'line'): void {
    this.tell(id, made(from, count, text));
  }

  tell(id: string, lines: LogLine[], ask = this.asked.findLast((each) => each.id === id)?.ask ?? 0): void {
    this.#hear({ ask, lines });
  }

  async answer(outcome: Outcome): Promise<void> {
    this.asked.at(-1)?.answer(outcome);
    await settle();
  }
}

function made(from: number, count: number, text = 'line', stream: LogLine['stream'] = 'build'): LogLine[] {
  return Array.from({ length: count }, (_, index) => ({ n: from + index, time: 0, stream, text: `${text} ${from + index}` }));
}

const quiet = { changed: () => {}, looked: () => {} };
const settle = () => vi.advanceTimersByTimeAsync(0);
let shell: Shell;
let log: LogModel;
beforeEach(() => {
  vi.useFakeTimers();
  shell = new Shell();
  log = new LogModel(shell.bridge as unknown as ConstructorParameters<typeof LogModel>[0], firstLook, {
    changed: () => {},
    looked: () => {},
  });
});
afterEach(() => vi.useRealTimers());

const numbers = () => log.shown.map(({ n }) => n);

describe('lines', () => {
  test('the last ones, then those that come; of another deployment none; what has ended is not asked for again', async () => {
    log.open('a');
    expect(log.loading).toBe(true);
    shell.lines('a', 1, 3);
    shell.lines('a', 4, 1);
    shell.lines('b', 5, 1);
    expect([numbers(), log.loading]).toEqual([[1, 2, 3, 4], false]);
    await shell.answer({ ended: true, kept: true });
    log.open('a');
    log.again();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([log.ended, shell.asked.length]).toEqual([true, 1]);
  });

  test('a hub that is lost is asked again, ever more patiently; what was shown stays until it answers', async () => {
    log.open('a');
    shell.lines('a', 1, 2);
    const lost = new PanelError({ reason: 'io', message: 'The hub ended while it answered.' });
    for (const wait of [1000, 2000, 4000]) {
      await shell.answer(lost);
      expect([log.failure?.reason, numbers()]).toEqual(['io', [1, 2]]);
      const before = shell.asked.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(shell.asked).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(shell.asked).toHaveLength(before + 1);
    }
    shell.lines('a', 1, 3);
    expect([log.failure, numbers()]).toEqual([undefined, [1, 2, 3]]);
  });

  test('what is not there is not asked for again', async () => {
    log.open('a');
    await shell.answer(new PanelError({ reason: 'not-found', message: 'There is no such deployment.' }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([log.failure?.reason, shell.asked.length]).toEqual(['not-found', 1]);
  });

  test('more was said than is asked for: it is known that there are earlier lines', () => {
    log.open('a');
    shell.lines('a', 1, 2);
    expect(log.earlier).toBe(false);
    log.again();
    shell.lines('a', 9001, 5000);
    expect([numbers()[0], log.total, log.earlier]).toEqual([9001, 5000, true]);
  });

  test('another deployment: nothing of the one before stays, and nobody waits for it', async () => {
    log.open('a');
    shell.lines('a', 1, 2);
    log.open('b');
    expect([numbers(), shell.asked[0]?.signal?.aborted]).toEqual([[], true]);
    shell.lines('b', 1, 1, 'other');
    await shell.answer({ ended: true, kept: false });
    expect([log.shown[0]?.text, log.kept]).toEqual(['other 1', false]);
  });

  test('to another deployment and back: late lines of the first question are not taken for those of the second', () => {
    log.open('a');
    const [{ ask } = expect.fail('nothing is asked')] = shell.asked;
    shell.lines('a', 1, 2);
    log.open('b');
    log.open('a');
    shell.tell('a', made(3, 1), ask);
    expect(numbers()).toEqual([]);
    shell.lines('a', 1, 3);
    shell.tell('a', made(3, 1), ask);
    expect(numbers()).toEqual([1, 2, 3]);
  });

  test('a flood: the newest lines are held, and not more than 50 000', () => {
    log.open('a');
    for (let n = 1; n <= 120_000; n += 10_000) shell.lines('a', n, 10_000);
    expect(log.total).toBeLessThanOrEqual(50_000);
    expect(log.shown.at(-1)?.n).toBe(120_000);
  });
});

describe('search', () => {
  beforeEach(() => {
    log.open('a');
    shell.tell('a', [...made(1, 5, 'Step'), ...made(6, 5, 'step', 'container')]);
  });

  test('whatever the case, around at the end, and following stops', () => {
    log.lookAt({ text: 'STEP 1' });
    expect([log.matches, log.match, log.look.following]).toEqual([[0, 9], 0, false]);
    log.step(1);
    expect(log.match).toBe(1);
    log.step(1);
    expect(log.match).toBe(0);
    log.step(-1);
    expect(log.match).toBe(1);
  });

  test('the current match stays the same line when others come', () => {
    log.lookAt({ text: 'step' });
    log.step(-1);
    expect(log.shown[log.matches[log.match] ?? -1]?.n).toBe(10);
    shell.lines('a', 11, 4, 'step');
    expect(log.shown[log.matches[log.match] ?? -1]?.n).toBe(10);
    expect(log.matches).toHaveLength(14);
  });

  test('what was searched for before a reload is found in the lines that come, and they are followed as before', () => {
    const kept = new LogModel(
      shell.bridge as unknown as ConstructorParameters<typeof LogModel>[0],
      { ...firstLook, text: 'step 7' },
      quiet,
    );
    kept.open('a');
    shell.lines('a', 1, 3);
    expect([kept.matches, kept.match]).toEqual([[], -1]);
    shell.tell('a', made(4, 6, 'step'));
    expect([kept.matches, kept.match, kept.look.following]).toEqual([[6], 0, true]);
  });

  test('of one stream only', () => {
    log.lookAt({ stream: 'container' });
    expect(numbers()).toEqual([6, 7, 8, 9, 10]);
    log.lookAt({ text: 'step 2' });
    expect([log.matches, log.match]).toEqual([[], -1]);
  });
});
