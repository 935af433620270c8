import { type Bridge, failureOf } from '../ui/bridge.ts';
import type { PanelFailure } from '../ui/messages.ts';
import type { DeploymentContract, LogLine } from './messages.ts';

type Stream = LogLine['stream'];
export const streams: readonly Stream[] = ['hearth', 'build', 'hook', 'container'];

/** Lines that are asked for at first, and at most so many that are held; the whole log opens in an editor. */
const first = 5000;
const most = 50_000;
/** After a lost line the log is asked for again this much later, then less often. */
const patience = { least: 1000, most: 15_000 };

/** How the log is looked at; survives a reload. */
export interface LogLook {
  readonly text: string;
  readonly stream: Stream | 'all';
  readonly following: boolean;
}

export const firstLook: LogLook = { text: '', stream: 'all', following: true };

/** The log of the chosen deployment: its lines as they come, what is shown of them, what is found in them. */
export class LogModel {
  readonly #bridge: Pick<Bridge<DeploymentContract, unknown>, 'ask' | 'on'>;
  readonly #changed: () => void;
  readonly #looked: () => void;
  look: LogLook;
  /** Those of the chosen stream. */
  shown: LogLine[] = [];
  /** Indexes of `shown`. */
  matches: number[] = [];
  /** Index of `matches`. */
  match = -1;
  kept = true;
  ended = false;
  failure: PanelFailure | undefined;
  loading = false;
  #id: string | undefined;
  #lines: LogLine[] = [];
  #ask = 0;
  #asked: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = patience.least;
  /** Nothing was answered yet to what was asked last. */
  #fresh = true;

  /** `changed` when it is to be drawn again; `looked` when `look` is another. */
  constructor(
    bridge: Pick<Bridge<DeploymentContract, unknown>, 'ask' | 'on'>,
    look: LogLook,
    { changed, looked }: { changed(): void; looked(): void },
  ) {
    this.#bridge = bridge;
    this.#changed = changed;
    this.#looked = looked;
    this.look = look;
    bridge.on('lines', ({ ask, lines }) => {
      if (ask === this.#ask) this.#append(lines);
    });
  }

  /** Earlier lines than the first one here. */
  get earlier(): boolean {
    return (this.#lines[0]?.n ?? 1) > 1;
  }

  get total(): number {
    return this.#lines.length;
  }

  /** The log of another deployment. */
  open(id: string): void {
    if (this.#id === id) return;
    this.#id = id;
    this.#wait = patience.least;
    this.#empty();
    void this.#follow(id);
  }

  /** Asks anew, after the server was away. */
  again(): void {
    if (this.#id !== undefined && !this.ended) void this.#follow(this.#id);
  }

  lookAt(change: Partial<LogLook>): void {
    const { text, stream } = this.look;
    this.look = { ...this.look, ...change };
    if (this.look.stream !== stream || this.look.text !== text) {
      this.#arrange();
      this.match = this.matches.length > 0 ? 0 : -1;
      if (this.match !== -1 && this.look.text !== text) this.look = { ...this.look, following: false };
    }
    this.#looked();
    this.#changed();
  }

  /** To the next match, or the one before; around at the end. */
  step(by: 1 | -1): void {
    const { length } = this.matches;
    if (length === 0) return;
    this.match = (this.match + by + length) % length;
    this.lookAt({ following: false });
  }

  /** From the last lines on: what a container says has no lasting numbers from which one could go on. */
  async #follow(id: string): Promise<void> {
    this.#asked?.abort();
    clearTimeout(this.#timer);
    const control = new AbortController();
    this.#asked = control;
    const { signal } = control;
    const ask = ++this.#ask;
    this.loading = true;
    this.#fresh = true;
    this.#changed();
    try {
      const { ended, kept } = await this.#bridge.ask('follow', { ask, id, tail: first }, { signal });
      this.failure = undefined;
      this.ended = ended;
      this.kept = kept;
      // It may end because the hub hands over to another: the rest is asked for there.
      if (!ended) this.#later(id);
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error);
      this.failure = failure;
      if (failure.reason !== 'not-found' && failure.reason !== 'invalid') this.#later(id);
    }
    this.loading = false;
    this.#changed();
  }

  #later(id: string): void {
    this.#timer = setTimeout(() => {
      if (this.#id === id) void this.#follow(id);
    }, this.#wait);
    this.#wait = Math.min(this.#wait * 2, patience.most);
  }

  #empty(): void {
    this.#lines = [];
    this.ended = false;
    this.kept = true;
    this.failure = undefined;
    this.match = -1;
    this.#arrange();
  }

  #append(lines: readonly LogLine[]): void {
    // Those of a new question take the place of what was shown until now.
    this.#lines = this.#fresh ? [...lines] : [...this.#lines, ...lines];
    this.#fresh = false;
    this.loading = false;
    this.failure = undefined;
    this.#wait = patience.least;
    if (this.#lines.length > most) this.#lines = this.#lines.slice(-most * 0.8);
    const current = this.shown[this.matches[this.match] ?? -1]?.n;
    this.#arrange();
    this.match = Math.max(
      this.matches.findIndex((index) => this.shown[index]?.n === current),
      Math.min(0, this.matches.length - 1),
    );
    this.#changed();
  }

  #arrange(): void {
    const { stream, text } = this.look;
    this.shown = stream === 'all' ? this.#lines : this.#lines.filter((line) => line.stream === stream);
    const wanted = text.toLowerCase();
    this.matches = wanted === '' ? [] : this.shown.flatMap((line, index) => (line.text.toLowerCase().includes(wanted) ? [index] : []));
  }
}
