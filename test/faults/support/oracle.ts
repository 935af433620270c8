// Remembers what was asked of a store and what it promised, over all lives of it, and says what of that does not hold.
import { type Answer, type Effects, expectedRows, type Seen, type Work } from './workload.ts';

/** What a life says as it goes on. */
export type Saying =
  | { readonly say: 'refused'; readonly message: string }
  | { readonly say: 'seen'; readonly seen: Seen }
  | { readonly say: 'warned'; readonly warnings: readonly string[] }
  | { readonly say: 'asked'; readonly work: Work }
  | { readonly say: 'done'; readonly id: string; readonly answer: Answer }
  /** It threw by itself: it must never be there. */
  | { readonly say: 'thrown'; readonly id: string; readonly message: string }
  /** The store could not say whether it is done; `nothing` when it said that it is not. */
  | { readonly say: 'failed'; readonly id: string; readonly reason: string; readonly nothing: boolean }
  | { readonly say: 'crashed'; readonly message: string }
  | { readonly say: 'closed'; readonly digest: string };

interface Known {
  readonly work: Work;
  answer?: Answer;
  /** Must not be there. */
  never?: boolean;
  /** As a start found it. */
  found?: boolean;
  /** Asked for since then. */
  open: boolean;
}

export class Oracle {
  readonly #known = new Map<string, Known>();
  #closed: string | undefined;

  /** What may be asked for once more under its key. */
  retryable(): Work[] {
    return [...this.#known.values()].filter(({ work, never }) => work.keyed && never !== true).map(({ work }) => work);
  }

  /** How many writes were acknowledged. */
  get acknowledged(): number {
    return [...this.#known.values()].filter(({ answer }) => answer !== undefined).length;
  }

  /** Takes note; answers what is wrong with it. */
  hear(saying: Saying): string[] {
    switch (saying.say) {
      case 'asked': {
        this.#closed = undefined;
        const known = this.#known.get(saying.work.id);
        if (known === undefined) this.#known.set(saying.work.id, { work: saying.work, open: true });
        else known.open = true;
        return [];
      }
      case 'done': {
        const known = this.#of(saying.id);
        const before = known.answer;
        known.answer = saying.answer;
        if (before !== undefined && before.sequence !== saying.answer.sequence) return [`${saying.id} was answered in two ways`];
        return known.work.kind === 'thrown' || known.work.kind === 'orphan' ? [`${saying.id} did not throw`] : [];
      }
      case 'thrown':
        this.#of(saying.id).never = true;
        return ['thrown', 'orphan'].includes(this.#of(saying.id).work.kind) ? [] : [`${saying.id} threw: ${saying.message}`];
      case 'failed':
        if (saying.nothing && this.#of(saying.id).answer === undefined && !this.#of(saying.id).found) this.#of(saying.id).never = true;
        return [];
      case 'seen':
        return this.#check(saying.seen);
      case 'closed':
        this.#closed = saying.digest;
        return [];
      case 'refused':
        return [`refused to open: ${saying.message}`];
      case 'crashed':
        return [`crashed: ${saying.message}`];
      case 'warned':
        return [];
    }
  }

  #of(id: string): Known {
    const known = this.#known.get(id);
    if (known === undefined) throw new Error(`${id} was never asked for`);
    return known;
  }

  #check({ work: all, counter, digest, problems }: Seen): string[] {
    const wrong = [...problems];
    let counts = 0;
    for (const id of Object.keys(all)) if (!this.#known.has(id)) wrong.push(`${id} is there, but nobody asked for it`);
    for (const [id, known] of this.#known) {
      const effects = all[id];
      if (effects !== undefined && known.work.kind === 'count') counts++;
      wrong.push(...breachesOf(known, effects).map((each) => `${id} (${known.work.kind}) ${each}`));
      known.found = effects !== undefined;
      known.open = false;
    }
    if (counter !== counts) wrong.push(`the counter is ${counter} after ${counts} counts`);
    if (this.#closed !== undefined && digest !== this.#closed) wrong.push('the state is not as it was when the store was closed');
    this.#closed = undefined;
    return wrong;
  }
}

function breachesOf({ work, answer, never, found, open }: Known, effects: Effects | undefined): string[] {
  if (effects === undefined) {
    if (answer !== undefined) return ['was acknowledged and is lost'];
    return found === true ? ['was there and is lost'] : [];
  }
  const wrong: string[] = [];
  if (never) wrong.push('is there, but it was refused');
  if (found === false && !open) wrong.push('is there, but it was not at the last start and nobody asked again');
  if (effects.sequences.length !== 1) wrong.push(`has ${effects.sequences.length} events`);
  if (answer !== undefined && effects.sequences[0] !== answer.sequence) wrong.push('is not where its answer said');
  const { projects, repositories, trust } = expectedRows(work);
  if (effects.projects !== projects || effects.repositories !== repositories || effects.trust !== trust) wrong.push('is there in part');
  return wrong;
}
