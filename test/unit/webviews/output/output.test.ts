// What containers say in the panel: lines as they come, asked for again without twice the same, searched, and bounded.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lines } from '../../../../webviews/output/lines.ts';
import type { OutputLine, Speaker, WantedOutput } from '../../../../webviews/output/messages.ts';
import { OutputModel } from '../../../../webviews/output/model.ts';
import { matchesIn, patternOf, withoutEscapes } from '../../../../webviews/output/outputText.ts';
import { PanelError } from '../../../../webviews/ui/bridge.ts';

function line(text: string, more: Partial<OutputLine> = {}): OutputLine {
  return { time: 1000, service: 'web', container: 'shop-web-0', stream: 'stdout', text, ...more };
}

describe('text', () => {
  test('colours, movements and links of a terminal are left out; whatever else is hidden stays', () => {
    expect(withoutEscapes('\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x07 \x1b(B\u202eend\x07')).toBe(
      'red link \u202eend\x07',
    );
  });

  test('a search is text unless it is told to be an expression, and looks at case when it has a capital letter', () => {
    const found = (text: string, wanted: string, regex = false) => matchesIn(text, patternOf(wanted, regex));
    expect(found('a.b A.B axb', 'a.b')).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(found('a.b A.B axb', 'A.B')).toEqual([[4, 7]]);
    expect(found('took 12 ms, 7 ms', '\\d+ ms', true)).toEqual([
      [5, 10],
      [12, 16],
    ]);
    expect(found('aaa', 'x*', true)).toEqual([]);
    expect(patternOf('(', true)).toBeUndefined();
    expect(patternOf('(', false)).toBeDefined();
  });
});

describe('lines', () => {
  test('only the last are held, and it is said how many are not', () => {
    const lines = new Lines(5);
    lines.add(['1', '2', '3'].map((text) => line(text)));
    lines.add(['4', '5', '6', '7'].map((text) => line(text)));
    expect(lines.all.map(({ text }) => text)).toEqual(['3', '4', '5', '6', '7']);
    lines.add(Array.from({ length: 12 }, (_, index) => line(`b${index}`)));
    expect(lines.all.map(({ text }) => text)).toEqual(['b7', 'b8', 'b9', 'b10', 'b11']);
    expect(lines.forgotten).toBe(2 + 5 + 7);
    expect(new Set(lines.all.map(({ n }) => n)).size).toBe(5);
  });

  test('asked again from the newest moment on, those of that moment are not taken twice; equal ones that are new are', () => {
    const lines = new Lines(100);
    lines.add([line('a', { time: 1 }), line('\x1b[32mb', { time: 2 }), line('b', { time: 2, container: 'other' })]);
    expect(lines.newest).toBe(2);
    lines.goOn();
    lines.add([line('\x1b[32mb', { time: 2 }), line('b', { time: 2, container: 'other' }), line('b', { time: 2 }), line('c', { time: 3 })]);
    expect(lines.all.map(({ text, time }) => `${text}${time}`)).toEqual(['a1', 'b2', 'b2', 'b2', 'c3']);
  });
});

describe('the panel', () => {
  interface Question {
    method: string;
    params: { ask: number; wanted: WantedOutput; what?: string };
    signal: AbortSignal | undefined;
    answer(outcome: unknown): void;
  }

  class Shell {
    readonly asked: Question[] = [];
    kept: unknown;
    readonly #heard = new Map<string, (value: unknown) => void>();
    readonly bridge = {
      kept: undefined,
      keep: (state: unknown) => {
        this.kept = state;
      },
      ask: (method: string, params: never, { signal }: { signal?: AbortSignal } = {}) =>
        new Promise((resolve, reject) => {
          const answer = (outcome: unknown) => (outcome instanceof PanelError ? reject(outcome) : resolve(outcome));
          signal?.addEventListener('abort', () => answer(new PanelError({ reason: 'cancelled', message: 'Cancelled.' })));
          this.asked.push({ method, params, signal, answer });
        }),
      on: (name: string, listener: (value: never) => void) => this.#heard.set(name, listener as (value: unknown) => void),
    };

    tell(name: string, value: unknown): void {
      this.#heard.get(name)?.(value);
    }

    /** The question that is not answered yet. */
    get follow(): Question {
      const last = this.asked.findLast(({ method }) => method === 'follow');
      if (last === undefined) throw new Error('nothing is followed');
      return last;
    }

    lines(lines: OutputLine[], dropped = 0): void {
      this.tell('lines', { ask: this.follow.params.ask, lines, dropped });
    }
  }

  const speakers: Speaker[] = [
    { service: 'api', stopped: false },
    { service: 'web', stopped: false },
  ];
  let shell: Shell;
  let model: OutputModel;
  const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);
  const texts = () => model.shown.map(({ text }) => text);
  const follows = () => shell.asked.filter(({ method }) => method === 'follow').length;

  beforeEach(async () => {
    vi.useFakeTimers();
    shell = new Shell();
    model = new OutputModel(shell.bridge as unknown as ConstructorParameters<typeof OutputModel>[0]);
    shell.tell('opened', { target: { repository: '/r', environment: 'production' }, name: 'r', trusted: true, asked: null });
    shell.asked.find(({ method }) => method === 'speakers')?.answer(speakers);
    await settle();
  });
  afterEach(() => vi.useRealTimers());

  test('a page that was hidden shows the service that was asked for meanwhile; else what it has kept', () => {
    const opened = (asked: string | null) => ({
      target: { repository: '/r', environment: 'production', service: 'web' },
      name: 'r',
      asked,
    });
    const look = { ...model.look, services: ['api'] };
    for (const [asked, services] of [[null, ['api']] as const, ['a', ['web']] as const]) {
      const later = new Shell();
      const bridge = { ...later.bridge, kept: { ...opened(null).target, look, asked: null } };
      const page = new OutputModel(bridge as unknown as ConstructorParameters<typeof OutputModel>[0]);
      page.start();
      later.tell('opened', opened(asked));
      expect(page.look.services).toEqual(services);
    }
  });

  test('the last lines first; what comes fast is drawn together; of an older question nothing is taken', async () => {
    expect(shell.follow.params.wanted).toEqual({ tail: 500, regex: false });
    const old = shell.follow.params.ask;
    let drawn = 0;
    model.subscribe(() => drawn++);
    for (let count = 0; count < 50; count++) shell.lines([line(`${count}`)], 7);
    expect(drawn).toBe(0);
    await settle(100);
    expect([texts().length, drawn, model.dropped]).toEqual([50, 1, 7]);
    model.toggle('web');
    expect(shell.follow.params.wanted.services).toEqual(['api']);
    shell.tell('lines', { ask: old, lines: [line('late')], dropped: 0 });
    await settle(100);
    expect(texts()).toEqual([]);
  });

  test('when there is nothing more to follow it goes on from the newest line, at longer and longer intervals', async () => {
    shell.lines([line('a', { time: 10 }), line('b', { time: 20 })]);
    await settle(100);
    shell.follow.answer({ containers: [] });
    await settle(999);
    expect(follows()).toBe(1);
    await settle(1);
    expect(shell.follow.params.wanted).toEqual({ tail: 0, regex: false, since: 20 });
    shell.follow.answer(new PanelError({ reason: 'docker-unavailable', message: 'No Docker engine answers.' }));
    await settle(1999);
    expect(follows()).toBe(2);
    expect(model.failure?.message).toBe('No Docker engine answers.');
    await settle(1);
    expect(follows()).toBe(3);
    shell.lines([line('b', { time: 20 }), line('c', { time: 30 })]);
    await settle(100);
    expect(texts()).toEqual(['a', 'b', 'c']);
    expect(model.failure).toBeUndefined();
  });

  test('where nothing may run it does not ask again by itself', async () => {
    shell.follow.answer(new PanelError({ reason: 'untrusted', message: 'Restricted Mode.' }));
    await settle(60_000);
    expect(follows()).toBe(1);
    shell.tell('changed', null);
    expect(follows()).toBe(2);
  });

  test('who scrolls right after typing gets what was searched for all the same', async () => {
    model.lookAt({ only: true });
    model.lookAt({ text: 'get' });
    await settle(100);
    model.lookAt({ following: false });
    await settle(200);
    expect(shell.follow.params.wanted.search).toBe('get');
  });

  test('a search marks and counts at once; only what matches is asked for when the typing has paused', async () => {
    shell.lines([line('GET /'), line('warning: slow'), line('GET /cart')]);
    await settle(100);
    model.lookAt({ text: 'get' });
    expect([model.matches, model.match, model.look.following]).toEqual([[0, 2], 0, false]);
    model.step(-1);
    expect(model.match).toBe(1);
    expect(follows()).toBe(1);
    model.lookAt({ only: true });
    expect(shell.follow.params.wanted).toEqual({ tail: 500, regex: false, search: 'get' });
    model.lookAt({ text: 'get /c' });
    model.lookAt({ text: 'get /ca' });
    expect(follows()).toBe(2);
    await settle(300);
    expect(follows()).toBe(3);
    expect(shell.follow.params.wanted.search).toBe('get /ca');
    model.lookAt({ text: '(', regex: true });
    await settle(300);
    expect(model.wrong).toBe(true);
    expect(shell.follow.params.wanted.search).toBeUndefined();
  });

  test('containers of one service have numbers, in the order in which they spoke', async () => {
    shell.lines([line('a'), line('b', { service: 'api', container: 'shop-api-0' })]);
    await settle(100);
    expect(model.shown.map((each) => model.labelOf(each))).toEqual(['web', 'api']);
    shell.lines([line('c', { container: 'shop-web-1' })]);
    await settle(100);
    expect(model.shown.map((each) => model.labelOf(each))).toEqual(['web 1', 'api', 'web 2']);
    const id = 'x'.repeat(25);
    shell.lines([line('d', { service: 'back', container: `hearth-shop-staging-back_order-worker.2.${id}` })]);
    await settle(100);
    expect(model.shown.slice(-1).map((each) => model.labelOf(each))).toEqual(['back order-worker.2']);
  });

  test('saving means everything that is chosen, not only what is held; none of the services cannot be chosen', () => {
    model.lookAt({ stream: 'stderr', since: '15' });
    const since = shell.follow.params.wanted.since ?? 0;
    expect(Date.now() - since).toBe(15 * 60_000);
    model.toggle('web');
    model.toggle('api');
    expect(model.look.services).toEqual(['api']);
    model.save();
    const saved = shell.asked.findLast(({ method }) => method === 'run');
    expect(saved?.params).toEqual({ what: 'save', wanted: { tail: 0, regex: false, services: ['api'], stream: 'stderr', since } });
    expect(shell.kept).toMatchObject({ repository: '/r', environment: 'production', look: { stream: 'stderr', services: ['api'] } });
  });
});
