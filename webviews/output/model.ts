import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import { type Bridge, failureOf } from '../ui/bridge.ts';
import { type KeptWish, LiveModel } from '../ui/liveModel.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { taskOf } from '../ui/tasks.ts';
import { type HeldLine, Lines } from './lines.ts';
import type { OutputContract, OutputTarget, Run, Speaker, WantedOutput } from './messages.ts';
import { matchesIn, patternOf } from './outputText.ts';

/** How the output is looked at; survives a reload. */
export interface Look {
  readonly text: string;
  readonly regex: boolean;
  /** Only lines that match; the containers' whole output is searched. */
  readonly only: boolean;
  /** None: all of them. */
  readonly services: readonly string[];
  readonly stream: 'all' | 'stdout' | 'stderr';
  readonly since: Since;
  readonly following: boolean;
}

/** From when on: the last lines, or everything since so many minutes ago. */
export const sinces = ['last', '15', '60', '1440', 'all'] as const;
export type Since = (typeof sinces)[number];

const firstLook: Look = { text: '', regex: false, only: false, services: [], stream: 'all', since: 'last', following: true };

export type Kept = OutputTarget & KeptWish & { readonly look?: Look };

/** Lines of each container at first, and at most so many in all. */
const tail = 500;
const most = 50_000;
/** What comes faster is drawn together (ms). */
const drawEvery = 100;
/** While somebody types nothing is asked (ms). */
const typing = 300;
/** When there is nothing more to follow it is asked again this much later, then less often. */
const patience = { least: 1000, most: 15_000 };

/** What containers say: the lines as they come, what of them is shown, what is found in them. */
export class OutputModel extends LiveModel<OutputTarget, OutputContract, Kept> {
  look: Look;
  speakers: Asked<readonly Speaker[]> = { kind: 'waiting' };
  /** Why no lines come. */
  failure: PanelFailure | undefined;
  loading = true;
  dropped = 0;
  shown: readonly HeldLine[] = [];
  /** Indexes of `shown`. */
  matches: readonly number[] = [];
  /** Index of `matches`. */
  match = -1;
  pattern: RegExp | undefined;
  /** The text that is searched for is no regular expression. */
  wrong = false;
  readonly #lines = new Lines(most);
  readonly #questions = new Questions(() => this.changed());
  #ask = 0;
  #asked: AbortController | undefined;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #wait = patience.least;

  constructor(bridge: Bridge<OutputContract, Kept>) {
    super(bridge);
    this.look = { ...firstLook, ...bridge.kept?.look };
    this.#search();
    bridge.on('lines', ({ ask, lines, dropped }) => {
      if (ask !== this.#ask) return;
      this.loading = false;
      this.failure = undefined;
      this.#wait = patience.least;
      this.dropped = dropped;
      this.#lines.add(lines);
      this.#draw();
    });
  }

  get total(): number {
    return this.#lines.all.length;
  }

  get forgotten(): number {
    return this.#lines.forgotten;
  }

  /** Containers that said something, by service: where there are several of one, each has its number. */
  readonly containers = new Map<string, string[]>();

  labelOf({ service, container }: HeldLine): string {
    const task = taskOf(container);
    if (task !== undefined) return `${service} ${task}`;
    const known = this.containers.get(service) ?? [];
    return known.length < 2 ? service : `${service} ${known.indexOf(container) + 1}`;
  }

  /** Asks who speaks; and what they say, unless it is being followed. */
  override refresh(): void {
    void this.#questions.ask(
      'speakers',
      (signal) => this.bridge.ask('speakers', {}, { signal }),
      (value) => {
        this.speakers = { kind: 'there', value };
      },
      (failure) => {
        this.speakers = failedWith(failure, this.speakers.value);
      },
    );
    if (this.#asked === undefined) this.#follow(true);
  }

  /** From the beginning, as it is looked at now. */
  again(): void {
    this.#lines.clear();
    this.containers.clear();
    this.dropped = 0;
    this.#arrange();
    this.#follow(false);
  }

  lookAt(change: Partial<Look>): void {
    const before = this.look;
    this.look = { ...before, ...change };
    const { look } = this;
    const searched = look.text !== before.text || look.regex !== before.regex;
    if (searched) {
      this.#search();
      this.#arrange();
      this.match = this.matches.length > 0 ? 0 : -1;
      if (this.match !== -1 && !look.only) this.look = { ...this.look, following: false };
    }
    const filtered = look.only !== before.only || (look.only && searched);
    if (look.services !== before.services || look.stream !== before.stream || look.since !== before.since || look.only !== before.only) {
      clearTimeout(this.#typing);
      this.again();
    } else if (filtered) {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.again(), typing);
    }
    this.#keep();
    this.changed();
  }

  /** To the next match, or the one before; around at the end. */
  step(by: 1 | -1): void {
    const { length } = this.matches;
    if (length === 0) return;
    this.match = (this.match + by + length) % length;
    this.lookAt({ following: false });
  }

  /** Shows one service, all of them, or takes one more into sight. */
  choose(services: readonly string[]): void {
    const all = this.speakers.value?.map(({ service }) => service) ?? [];
    this.lookAt({ services: services.length === all.length ? [] : services });
  }

  isShown(service: string): boolean {
    return this.look.services.length === 0 || this.look.services.includes(service);
  }

  toggle(service: string): void {
    const all = this.speakers.value?.map((each) => each.service) ?? [];
    const now = all.filter((each) => this.isShown(each));
    const next = now.includes(service) ? now.filter((each) => each !== service) : [...now, service];
    // None would be all of them again.
    this.choose(next.length === 0 ? [service] : next);
  }

  save(): void {
    const { since: _, ...wanted } = this.#wanted();
    const { since } = this.look;
    this.run({ what: 'save', wanted: { ...wanted, tail: 0, ...(since === 'last' || since === 'all' ? {} : { since: sinceOf(since) }) } });
  }

  run(what: Run): void {
    void this.bridge.ask('run', what).catch((error: unknown) => this.fail(error));
  }

  protected override opened({ service }: OutputTarget, _before: OutputTarget | undefined, asked: boolean): void {
    if (asked && service !== undefined) this.lookAt({ services: [service] });
    this.#keep();
  }

  #wanted(): WantedOutput {
    const { text, regex, only, services, stream, since } = this.look;
    return {
      tail: since === 'last' ? tail : 0,
      regex: only && regex,
      ...(services.length === 0 ? {} : { services }),
      ...(stream === 'all' ? {} : { stream }),
      ...(since === 'last' || since === 'all' ? {} : { since: sinceOf(since) }),
      ...(only && text !== '' && !this.wrong ? { search: text } : {}),
    };
  }

  /** One question at a time; `further`: from the newest line on that is held. */
  #follow(further: boolean): void {
    this.#asked?.abort();
    clearTimeout(this.#again);
    const control = new AbortController();
    this.#asked = control;
    const ask = ++this.#ask;
    const { newest } = this.#lines;
    const from = further ? newest : undefined;
    if (from !== undefined) this.#lines.goOn();
    const wanted = from === undefined ? this.#wanted() : { ...this.#wanted(), tail: 0, since: from };
    this.loading = true;
    this.bridge.ask('follow', { ask, wanted }, { signal: control.signal }).then(
      () => this.#ended(control),
      (error: unknown) => this.#ended(control, failureOf(error)),
    );
    this.changed();
  }

  /** Whoever was followed has stopped, was replaced, or the hub hands over to another: it is asked again. */
  #ended(control: AbortController, failure?: PanelFailure): void {
    if (this.#asked !== control) return;
    this.#asked = undefined;
    this.loading = false;
    this.failure = failure;
    const final = failure !== undefined && ['untrusted', 'invalid'].includes(failure.reason);
    if (!final) this.#again = setTimeout(() => this.#follow(true), this.#wait);
    this.#wait = Math.min(this.#wait * 2, patience.most);
    this.changed();
  }

  #search(): void {
    const { text, regex } = this.look;
    this.pattern = text === '' ? undefined : patternOf(text, regex);
    this.wrong = text !== '' && this.pattern === undefined;
  }

  #draw(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#arrange();
      this.changed();
    }, drawEvery);
  }

  #arrange(): void {
    const current = this.shown[this.matches[this.match] ?? -1]?.n;
    this.shown = this.#lines.all;
    for (const { service, container } of this.shown) {
      const known = this.containers.get(service);
      if (known === undefined) this.containers.set(service, [container]);
      else if (!known.includes(container)) known.push(container);
    }
    const { pattern } = this;
    this.matches =
      pattern === undefined ? [] : this.shown.flatMap(({ text }, index) => (matchesIn(text, pattern).length > 0 ? [index] : []));
    const at = this.matches.findIndex((index) => this.shown[index]?.n === current);
    this.match = Math.max(at, Math.min(0, this.matches.length - 1));
  }

  #keep(): void {
    const target = this.opening?.target;
    if (target !== undefined) this.keep({ ...target, look: this.look });
  }
}

function sinceOf(since: Exclude<Since, 'last' | 'all'>): number {
  return Date.now() - Number(since) * 60_000;
}
