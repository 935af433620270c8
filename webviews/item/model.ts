import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import { type Bridge, failureOf } from '../ui/bridge.ts';
import type { PanelFailure } from '../ui/messages.ts';
import type { Draft } from './drafts.ts';
import { type DraftKey, type Drafts, ItemDrafts } from './itemDrafts.ts';
import type {
  Changes,
  CheckAction,
  CommentAction,
  Item,
  ItemContract,
  ItemPlaces,
  ItemState,
  Loaded,
  MergeHow,
  NewEntry,
  Opening,
  Part,
  Plan,
  Run,
  TimelineRow,
} from './messages.ts';
import { after, moved, movedAfter } from './reorder.ts';

/** What survives a reload: which item, and all that was typed and not saved. */
export interface Kept {
  readonly repository?: string;
  readonly id?: number;
  readonly drafts?: Drafts;
  readonly wishes?: Wishes;
}

interface Wishes {
  readonly into?: string;
  readonly how?: MergeHow;
}

type Checklist = Item['checklist'];

/** What was removed and can come back for a while. */
interface Removed {
  readonly what: string;
  readonly bringBack: () => Promise<void>;
}

/** The state of the panel. The store has the truth; here are drafts of what it will be told, and what it said last. */
export class ItemModel {
  readonly bridge: Bridge<ItemContract, Kept>;
  readonly drafts: ItemDrafts;
  opening: Opening | undefined;
  loaded: Asked<Loaded> = { kind: 'waiting' };
  plan: Asked<Plan> = { kind: 'waiting' };
  timeline: Asked<{ rows: TimelineRow[]; more: boolean }> = { kind: 'waiting' };
  /** Where its commits run, as far as that is known. */
  places: ItemPlaces = { commits: {}, all: [] };
  /** The last thing that the user wanted and that did not work. */
  problem: PanelFailure | undefined;
  removed: Removed | undefined;
  /** The file of a change entry that was written and has to be committed. */
  written: string | undefined;
  /** For screen readers. */
  announcement = '';
  /** To be brought to the eye once it is drawn. */
  wanted: Part | undefined;
  /** The form for a change entry is open. */
  entryOpen = false;
  addingEntry = false;
  addingComment = false;
  readonly #chosen: { type?: Item['type']; due?: Item['due'] } = {};
  #wishes: Wishes;
  #timelineLimit = 50;
  /** What the store said last, and the number of the question that it answers. */
  #told: Loaded | undefined;
  #toldTo = 0;
  #asked = 0;
  /** Ticks and moves on their way, in their order: the answer to something else must not take them back. */
  readonly #supposed = new Set<(list: Checklist) => Checklist>();
  /** Changes on their way: what was read before one of them must not take it back. */
  #acting = 0;
  #readAgain = false;
  readonly #listeners = new Set<() => void>();
  readonly #questions = new Questions(() => this.#changed());

  constructor(bridge: Bridge<ItemContract, Kept>) {
    this.bridge = bridge;
    const kept = bridge.kept ?? {};
    this.#wishes = kept.wishes ?? {};
    this.drafts = new ItemDrafts(kept.drafts ?? {}, {
      send: (key, draft, done) => this.#send(key, draft, done),
      changed: () => {
        this.#keep();
        this.#changed();
      },
    });
    bridge.on('opened', (opening) => {
      this.opening = opening;
      this.#keep();
      this.refresh();
    });
    bridge.on('changed', () => this.refresh());
    bridge.on('restarted', () => this.refresh());
    bridge.on('places', (places) => {
      this.places = places;
      this.#changed();
    });
    bridge.on('focus', (part) => {
      this.wanted = part;
      this.#changed();
    });
  }

  get item(): Item | undefined {
    return this.loaded.value?.item;
  }

  get wishes(): Wishes {
    return this.#wishes;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for everything again; what is shown stays until the answers are there. */
  refresh(): void {
    void this.#load();
    void this.#loadPlan();
    void this.#loadTimeline();
  }

  async edit(changes: Changes): Promise<boolean> {
    return this.#act(() => this.bridge.ask('edit', changes));
  }

  /** Chooses one of a few values, as fast as keys go through them: each change starts from what the one before has made of it. */
  async choose<K extends 'type' | 'due'>(what: K, wanted: Item[K]): Promise<void> {
    const underWay = what in this.#chosen;
    this.#chosen[what] = wanted;
    this.#changed();
    if (underWay) return;
    let to: Item['type' | 'due'] | undefined;
    let worked = true;
    while (worked && to !== this.#chosen[what]) {
      to = this.#chosen[what];
      worked = await this.edit({ [what]: { from: this.item?.[what], to } } as Changes);
    }
    delete this.#chosen[what];
    this.#changed();
  }

  /** What was chosen last, before the store has it. */
  chosen<K extends 'type' | 'due'>(what: K, stored: Item[K]): Item[K] {
    return what in this.#chosen ? (this.#chosen[what] as Item[K]) : stored;
  }

  async move(to: ItemState): Promise<void> {
    await this.#act(() => this.bridge.ask('move', { to }));
  }

  async tick(check: string, done: boolean): Promise<void> {
    const ticked = (list: Checklist) => list.map((each) => (each.id === check ? { ...each, done } : each));
    await this.#suppose(ticked, { kind: 'tick', check, done });
  }

  /** Adds what stands in the field for the next entry. */
  async addCheck(): Promise<void> {
    const text = this.drafts.text('newCheck').trim();
    if (text === '') return;
    this.drafts.revert('newCheck');
    if (await this.#act(() => this.#check({ kind: 'add', text }))) this.#announce(`Added ${text}`);
    else this.drafts.type('newCheck', '', `${text} ${this.drafts.text('newCheck')}`.trim());
  }

  async removeCheck(check: Item['checklist'][number]): Promise<void> {
    const before = after(this.item?.checklist ?? [], check.id);
    this.drafts.revert(`check:${check.id}`);
    if (!(await this.#act(() => this.#check({ kind: 'remove', check: check.id })))) return;
    this.#offer(check.text, async () => {
      const known = new Set(this.item?.checklist.map(({ id }) => id));
      const place = before !== null && known.has(before) ? before : null;
      await this.#act(() => this.#check({ kind: 'add', text: check.text, after: place }));
      const back = this.item?.checklist.find(({ id }) => !known.has(id));
      if (check.done && back !== undefined) await this.tick(back.id, true);
    });
  }

  indexOf(check: string): number {
    return (this.item?.checklist ?? []).findIndex(({ id }) => id === check);
  }

  /** Moves an entry of the checklist to an index. */
  async moveCheck(check: string, to: number): Promise<void> {
    const list = this.item?.checklist ?? [];
    const next = moved(list, check, to);
    const at = next.findIndex(({ id }) => id === check);
    if (at === -1 || list[at]?.id === check) return;
    const place = after(next, check);
    this.#announce(`${next[at]?.text}, now ${at + 1} of ${next.length}`);
    await this.#suppose((entries) => movedAfter(entries, check, place), { kind: 'move', check, after: place });
  }

  /** One at a time: the field is empty only when the store has its text. */
  async addComment(): Promise<void> {
    const typed = this.drafts.text('newComment');
    const text = typed.trim();
    if (text === '' || this.addingComment) return;
    this.addingComment = true;
    this.#changed();
    const worked = await this.#act(() => this.#comment({ kind: 'add', text }));
    this.addingComment = false;
    this.#changed();
    if (worked) this.#sent('newComment', typed);
  }

  async removeComment(comment: Item['commentList'][number]): Promise<void> {
    if (!(await this.#act(() => this.#comment({ kind: 'remove', comment: comment.id })))) return;
    this.#offer('The comment', async () => void (await this.#act(() => this.#comment({ kind: 'add', text: comment.text }))));
  }

  async addTags(): Promise<void> {
    const typed = this.drafts.text('newTag');
    const words = typed.split(/[\s,]+/);
    const add = words.map((tag) => tag.replace(/^#+/, '')).filter((tag) => tag !== '');
    if (add.length > 0 && (await this.edit({ tags: { add, remove: [] } }))) this.#sent('newTag', typed);
  }

  /** Whether the entry was written; one at a time. */
  async addEntry(entry: NewEntry): Promise<boolean> {
    if (this.addingEntry) return false;
    this.addingEntry = true;
    const typed = this.drafts.text('newEntry');
    const worked = await this.#try(async () => {
      this.written = (await this.bridge.ask('addEntry', entry)).path;
    });
    this.addingEntry = false;
    this.#changed();
    if (worked) {
      this.#sent('newEntry', typed);
      if (this.drafts.text('newEntry') === '') this.openEntry(false);
      void this.#loadPlan();
    }
    return worked;
  }

  openEntry(open: boolean): void {
    this.entryOpen = open;
    this.#changed();
  }

  run(what: Run): void {
    const wishes = what === 'complete' ? this.#wishes : {};
    void this.#try(() => this.bridge.ask('run', { what, ...wishes }));
  }

  openCommit(commit: string): void {
    void this.#try(() => this.bridge.ask('openCommit', { commit }));
  }

  /** Another target, or another way to merge. */
  wish(wishes: Wishes): void {
    this.#wishes = { ...this.#wishes, ...wishes };
    this.#keep();
    void this.#loadPlan();
    this.#changed();
  }

  moreTimeline(): void {
    this.#timelineLimit = Math.min(1000, this.#timelineLimit * 4);
    void this.#loadTimeline();
  }

  async bringBack(): Promise<void> {
    const { removed } = this;
    this.removed = undefined;
    await removed?.bringBack();
  }

  dismiss(): void {
    this.problem = undefined;
    this.removed = undefined;
    this.written = undefined;
    this.#changed();
  }

  /** Empties a field; what was typed while its text was on its way is not sent yet. */
  #sent(key: 'newComment' | 'newTag' | 'newEntry', typed: string): void {
    if (this.drafts.text(key) === typed) this.drafts.revert(key);
  }

  #check(action: CheckAction): Promise<Item> {
    return this.bridge.ask('check', action);
  }

  #comment(action: CommentAction): Promise<Item> {
    return this.bridge.ask('comment', action);
  }

  async #send(key: DraftKey, { base, text }: Draft, done: () => void): Promise<void> {
    const to = key === 'notes' ? text : text.trim();
    const [kind, id = ''] = key.split(':');
    const orNull = (value: string): string | null => (value === '' ? null : value);
    const ask = (): Promise<Item> => {
      if (kind === 'check') return this.#check({ kind: 'edit', check: id, text: { from: base, to } });
      if (kind === 'comment') return this.#comment({ kind: 'edit', comment: id, text: { from: base, to } });
      if (kind === 'assignee') return this.bridge.ask('edit', { assignee: { from: orNull(base), to: orNull(to) } });
      return this.bridge.ask('edit', kind === 'title' ? { title: { from: base, to } } : { notes: { from: base, to } });
    };
    await this.#act(ask, done);
  }

  /** A change: its answer is the item as it is now. Whether it worked. A conflict reads the item, which shows both texts. */
  async #act(action: () => Promise<Item>, done?: () => void): Promise<boolean> {
    this.#acting++;
    const number = ++this.#asked;
    const asked = action().finally(() => this.#acting--);
    try {
      const item = await asked;
      this.problem = undefined;
      done?.();
      if (this.#isNewer(item, number)) this.#take({ item, current: this.loaded.value?.current ?? false }, number);
      else this.#passOver();
      // What is still read may have been answered before this, or was passed over for it.
      if (this.#acting === 0 && (this.#readAgain || this.#questions.has('load'))) void this.#load();
      return true;
    } catch (error) {
      const failure = failureOf(error);
      await this.#load(true);
      const told = failure.reason === 'cancelled' || (failure.reason === 'conflict' && this.drafts.inConflict);
      if (!told) this.problem = failure;
      this.#changed();
      return false;
    }
  }

  async #try(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      this.problem = undefined;
      return true;
    } catch (error) {
      this.problem = failureOf(error);
      return false;
    } finally {
      this.#changed();
    }
  }

  /** A change that shows what will most likely be the answer, until it comes. */
  async #suppose(change: (list: Checklist) => Checklist, action: CheckAction): Promise<void> {
    this.#supposed.add(change);
    this.#show();
    this.#changed();
    await this.#act(() => this.#check(action).finally(() => this.#supposed.delete(change)));
  }

  /** Answers overtake each other: an item that was read before the one that is known must not come back. */
  #isNewer({ updated }: Item, number: number): boolean {
    const known = this.#told?.item.updated ?? updated;
    return updated === known ? number > this.#toldTo : updated > known;
  }

  /** Times are not sure to tell which item is newer: it is read again once nothing is on its way. */
  #passOver(): void {
    this.#readAgain = true;
    this.#show();
    this.#changed();
  }

  #show(): void {
    if (this.#told === undefined) return;
    const { item } = this.#told;
    const checklist = [...this.#supposed].reduce((list, change) => change(list), item.checklist);
    const checks = { done: checklist.filter(({ done }) => done).length, total: checklist.length };
    this.loaded = { kind: 'there', value: { ...this.#told, item: { ...item, checklist, checks } } };
  }

  #take(loaded: Loaded, number: number): void {
    this.#told = loaded;
    this.#toldTo = number;
    this.#show();
    const { title, notes, assignee, commentList, checklist } = loaded.item;
    this.drafts.stored(
      new Map([
        ['title', title],
        ['notes', notes],
        ['assignee', assignee ?? ''],
        ...checklist.map(({ id, text }) => [`check:${id}`, text] as const),
        ...commentList.map(({ id, text }) => [`comment:${id}`, text] as const),
      ]),
    );
    this.#changed();
  }

  async #load(always = false): Promise<void> {
    this.#readAgain = false;
    const number = ++this.#asked;
    await this.#questions.ask(
      'load',
      (signal) => this.bridge.ask('load', {}, { signal }),
      (loaded) => {
        this.#readAgain = this.#acting > 0 && !(always && this.#isNewer(loaded.item, number));
        if (!this.#readAgain) this.#take(loaded, number);
      },
      (failure) => {
        this.loaded = failedWith(failure, this.loaded.value);
      },
    );
  }

  async #loadPlan(): Promise<void> {
    await this.#questions.ask(
      'plan',
      (signal) => this.bridge.ask('plan', this.#wishes, { signal }),
      (value) => {
        this.plan = { kind: 'there', value };
        if (value.entry.state === 'present' || value.entry.state === 'none-needed') this.written = undefined;
      },
      (failure) => {
        this.plan = { kind: 'failed', failure };
        // A target that is gone is not wished for for ever.
        if (this.#wishes.into === undefined || (failure.reason !== 'not-found' && failure.reason !== 'invalid')) return;
        this.#wishes = {};
        this.#keep();
        void this.#loadPlan();
      },
    );
  }

  async #loadTimeline(): Promise<void> {
    await this.#questions.ask(
      'timeline',
      (signal) => this.bridge.ask('timeline', { limit: this.#timelineLimit }, { signal }),
      (value) => {
        this.timeline = { kind: 'there', value };
      },
      (failure) => {
        this.timeline = failedWith(failure, this.timeline.value);
      },
    );
  }

  #offer(what: string, bringBack: () => Promise<void>): void {
    this.removed = { what, bringBack };
    this.#changed();
  }

  #announce(text: string): void {
    this.announcement = text;
    this.#changed();
  }

  #keep(): void {
    if (this.opening === undefined) return;
    const { repository, id } = this.opening;
    this.bridge.keep({ repository, id, drafts: this.drafts.all, wishes: this.#wishes });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
