import { type Bridge, failureOf } from '../ui/bridge.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { Changes } from './changes.ts';
import type { CommitContract, Committed, Draft, Ended, Opening, Plan, Suggestion } from './messages.ts';
import { type Blocker, blockersOf, draftAfter, emptyDraft, newEntryOf, type Spot } from './rules.ts';
import type { Place, SectionName } from './sections.ts';

/** What survives a reload of the window: what the user sees, never data. The draft is kept by the shell, for each repository. */
export interface Kept {
  repository?: string;
  place?: Place | undefined;
  closed?: readonly SectionName[];
  listWidth?: number;
  formWidth?: number;
}

/** What a commit would be, as far as it is known. */
export type PlanPhase =
  | { readonly kind: 'asking' }
  | { readonly kind: 'known' }
  | { readonly kind: 'failed'; readonly failure: PanelFailure };

/** What happened last, said above the button. */
export type Outcome =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'committing' }
  | { readonly kind: 'failed'; readonly failure: PanelFailure; readonly what: 'commit' | 'action' }
  | { readonly kind: 'blocked'; readonly blocker: Blocker }
  | { readonly kind: 'committed'; readonly committed: Committed; readonly message: string }
  | { readonly kind: 'discarded'; readonly undo: string; readonly what: string }
  | { readonly kind: 'undone'; readonly undo: string; readonly what: string; readonly kept: readonly string[] };

/** Everything the panel knows, and what the user can do with it. Components draw it and are told when it changes. */
export class CommitModel {
  readonly bridge: Bridge<CommitContract, Kept>;
  readonly kept: Kept;
  readonly changes: Changes;
  readonly #listeners = new Set<() => void>();
  opening: Opening | undefined;
  plan: Plan | undefined;
  planPhase: PlanPhase = { kind: 'asking' };
  draft: Draft = emptyDraft;
  outcome: Outcome = { kind: 'nothing' };
  /** The server is away; it comes back by itself. */
  away = false;
  suggesting: AbortController | undefined;
  suggestion: (Suggestion & { readonly before: string }) | undefined;
  /** The message before *Amend* filled in the last one. */
  #beforeAmend: string | undefined;
  /** What was offered as a start already: a person who empties the box wants it empty. */
  #offered: string | undefined;
  /** The reading of the plan that is on its way. */
  #planning: AbortController | undefined;
  #latestPlan: Promise<void> = Promise.resolve();
  /** A commit that waits here for what was pressed before it. */
  #waiting: AbortController | undefined;
  /** The shell commits. */
  #underWay = false;
  #undoing = false;
  #scheduled = false;
  /** Set by the view: brings a place of the panel to the keyboard. */
  onGo: (spot: Spot) => void = () => {};

  constructor(bridge: Bridge<CommitContract, Kept>) {
    this.bridge = bridge;
    this.kept = bridge.kept ?? {};
    this.changes = new Changes(
      (method, params, options) => bridge.ask(method, params, options),
      () => this.changed(),
      {
        report: (done) => {
          if ('failure' in done) this.outcome = { kind: 'failed', failure: done.failure, what: 'action' };
          else this.outcome = { kind: 'discarded', undo: done.discarded, what: done.what };
          this.changed();
        },
        acted: () => this.#readPlan(),
      },
      this.kept,
    );
    bridge.on('opened', (opening) => this.#open(opening));
    bridge.on('moved', ({ index }) => void this.refresh(index));
    bridge.on('ended', (ended) => {
      // Meant for the page before this one: what it missed is in what this one is opened with.
      if (this.opening === undefined) return;
      this.#ended(ended);
      void this.refresh(true);
    });
    bridge.on('restarted', () => {
      this.away = false;
      void this.refresh(true);
    });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the views, once per frame. */
  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.keep({ place: this.changes.place, closed: [...this.changes.closed] });
      for (const listener of this.#listeners) listener();
    });
  }

  keep(change: Partial<Kept>): void {
    Object.assign(this.kept, change);
    this.bridge.keep(this.kept);
  }

  /** Reads again what may have changed. */
  async refresh(index: boolean): Promise<void> {
    await Promise.all([this.changes.read(index), ...(index || this.planPhase.kind === 'failed' ? [this.#readPlan()] : [])]);
  }

  /** What the last try ran into, as long as it is in the way. */
  get blocked(): Blocker | undefined {
    const { outcome } = this;
    return outcome.kind === 'blocked' ? this.blockers.find(({ spot }) => spot === outcome.blocker.spot) : undefined;
  }

  get blockers(): Blocker[] {
    return blockersOf({
      trusted: this.opening?.trusted ?? true,
      staged: this.changes.staged.known ? this.changes.count('staged') : undefined,
      conflicts: this.changes.count('conflicts'),
      plan: this.plan,
      draft: this.draft,
    });
  }

  setDraft(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    if (this.outcome.kind === 'blocked') this.outcome = { kind: 'nothing' };
    void this.bridge.ask('saveDraft', this.draft).catch(() => {});
    this.changed();
  }

  setAmend(amend: boolean): void {
    if (amend === this.draft.amend) return;
    if (amend) {
      this.#beforeAmend = this.draft.message;
      // Right after a commit the last message is not known yet: it is filled in with the plan.
      const last = this.#planning === undefined ? this.plan?.last?.message : undefined;
      this.setDraft({ amend, ...(this.draft.message.trim() === '' && last !== undefined ? { message: last.trimEnd() } : {}) });
    } else {
      const untouched = this.draft.message.trimEnd() === this.plan?.last?.message.trimEnd();
      this.setDraft({ amend, ...(untouched ? { message: this.#beforeAmend ?? '' } : {}) });
    }
    void this.#readPlan();
  }

  allow(fingerprint: string, allowed: boolean): void {
    const rest = this.draft.allow.filter((each) => each !== fingerprint);
    this.setDraft({ allow: allowed ? [...rest, fingerprint] : rest });
  }

  /** A message from the language model, or from the changes. What was written can be put back. */
  async suggest(): Promise<void> {
    if (this.suggesting !== undefined) {
      this.suggesting.abort();
      return;
    }
    const asking = new AbortController();
    this.suggesting = asking;
    this.changed();
    try {
      const { item, suggestion = '' } = this.plan ?? {};
      const params = {
        fallback: suggestion,
        allow: [...this.draft.allow],
        ...(item === undefined ? {} : { item: `#${item.id} ${item.title}` }),
      };
      const made = await this.bridge.ask('suggest', params, { signal: asking.signal });
      if (asking.signal.aborted) return;
      const before = this.draft.message;
      this.suggestion = { ...made, before };
      if (made.text.trim() !== '') this.setDraft({ message: made.text });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'cancelled') this.outcome = { kind: 'failed', failure, what: 'action' };
    } finally {
      if (this.suggesting === asking) this.suggesting = undefined;
      this.changed();
    }
  }

  putBack(): void {
    const before = this.suggestion?.before;
    this.suggestion = undefined;
    if (before !== undefined) this.setDraft({ message: before });
  }

  /** Commits, or says what stands in the way and goes there. */
  async commit(): Promise<void> {
    if (this.committing) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.outcome = { kind: 'committing' };
    this.changed();
    // What was pressed just before belongs to the commit.
    await this.changes.idle();
    this.#waiting = undefined;
    const [blocker] = this.blockers;
    if (waiting.signal.aborted || blocker !== undefined) {
      this.outcome = waiting.signal.aborted || blocker === undefined ? { kind: 'nothing' } : { kind: 'blocked', blocker };
      this.changed();
      if (this.outcome.kind === 'blocked') this.onGo(this.outcome.blocker.spot);
      return;
    }
    // A suggestion that is still on its way is about what is committed now.
    this.suggesting?.abort();
    const { draft } = this;
    const entry = newEntryOf(draft);
    const wanted = this.plan?.entry.state === 'missing' || this.plan?.entry.state === 'broken' ? entry : undefined;
    this.#underWay = true;
    try {
      await this.bridge.ask('commit', { draft, ...(wanted === undefined ? {} : { entry: wanted }) });
    } catch (error) {
      this.#ended({ kind: 'failed', failure: failureOf(error) });
    }
  }

  /** Also while something else was said last. */
  get committing(): boolean {
    return this.#waiting !== undefined || this.#underWay;
  }

  cancelCommit(): void {
    if (this.#waiting === undefined) void this.bridge.ask('cancelCommit', {}).catch(() => {});
    else this.#waiting.abort();
  }

  #ended(ended: Ended): void {
    this.#underWay = false;
    void this.bridge.ask('heardEnd', {}).catch(() => {});
    if (ended.kind === 'committed') {
      const { sent, committed } = ended;
      this.suggestion = undefined;
      this.#beforeAmend = undefined;
      this.#offered = undefined;
      this.setDraft(draftAfter(sent, this.draft));
      this.outcome = { kind: 'committed', committed, message: sent.message };
    } else if (ended.failure.reason === 'cancelled') this.outcome = { kind: 'nothing' };
    else this.outcome = { kind: 'failed', failure: ended.failure, what: 'commit' };
    this.changed();
  }

  /** Takes back what the panel did last, or does it again. */
  async undoLast(): Promise<void> {
    const { outcome } = this;
    if (outcome.kind !== 'committed' && outcome.kind !== 'discarded' && outcome.kind !== 'undone') return;
    if (this.#undoing) return;
    this.#undoing = true;
    try {
      if (outcome.kind === 'undone') {
        await this.bridge.ask('redo', { id: outcome.undo });
        this.outcome = { kind: 'nothing' };
      } else {
        const undo = outcome.kind === 'committed' ? outcome.committed.undo : outcome.undo;
        const { kept } = await this.bridge.ask('undo', { id: undo });
        const what = outcome.kind === 'committed' ? 'The commit is taken back; its changes are as before it.' : 'The changes are back.';
        this.outcome = { kind: 'undone', undo, what, kept };
        if (outcome.kind === 'committed' && this.draft.message.trim() === '') this.setDraft({ message: outcome.message });
      }
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'cancelled') this.outcome = { kind: 'failed', failure, what: 'action' };
    }
    this.#undoing = false;
    this.changed();
    await this.refresh(true);
  }

  dismiss(): void {
    this.outcome = { kind: 'nothing' };
    this.changed();
  }

  /** An earlier reading is given up, and ends with this one. */
  #readPlan(): Promise<void> {
    const latest = this.#readPlanNow();
    this.#latestPlan = latest;
    return latest;
  }

  async #readPlanNow(): Promise<void> {
    this.#planning?.abort();
    const planning = new AbortController();
    this.#planning = planning;
    if (this.planPhase.kind === 'failed') this.planPhase = { kind: 'asking' };
    this.changed();
    try {
      const { amend } = this.draft;
      const plan = await this.bridge.ask('plan', { amend }, { signal: planning.signal });
      if (planning.signal.aborted) return this.#latestPlan;
      this.plan = plan;
      this.planPhase = { kind: 'known' };
      this.away = false;
      // A message that git or the last commit has already is where a person starts.
      const start = amend ? plan.last?.message : plan.operation === undefined ? undefined : plan.suggestion;
      const offer = start === undefined ? undefined : `${amend} ${plan.operation ?? ''}`;
      if (start !== undefined && offer !== this.#offered && this.draft.message.trim() === '') this.setDraft({ message: start.trimEnd() });
      this.#offered = offer;
    } catch (error) {
      const failure = failureOf(error);
      if (planning.signal.aborted) return this.#latestPlan;
      if (failure.reason === 'cancelled') return;
      if (failure.reason === 'disconnected') this.away = true;
      else this.planPhase = { kind: 'failed', failure };
    } finally {
      if (this.#planning === planning) this.#planning = undefined;
    }
    this.changed();
  }

  #open(opening: Opening): void {
    const first = this.opening === undefined;
    this.opening = opening;
    if (first) {
      this.draft = { ...emptyDraft, ...opening.draft };
      this.keep({ repository: opening.repository });
      const { commit } = opening;
      if (commit.kind === 'committing') {
        this.#underWay = true;
        this.outcome = { kind: 'committing' };
      } else if (commit.kind !== 'none') this.#ended(commit);
    }
    void this.refresh(true);
    this.changed();
  }
}
