import { type Bridge, failureOf, PanelError } from '../ui/bridge.ts';
import type { BadgeView, PanelFailure } from '../ui/messages.ts';
import { type Body, FileBodies } from './bodies.ts';
import { buildTree, filesInOrder, flattenTree, type TreeNode, type TreeRow } from './fileTree.ts';
import { type Filter, type FilterKind, fileFilter } from './filter.ts';
import { withBudget } from './gate.ts';
import {
  type ChangedFile,
  type CommitMessage,
  type DiffContract,
  type DiffOptions,
  fileKey,
  type Layout,
  type ListPiece,
  type Opening,
  type Pair,
} from './messages.ts';

/** What survives a reload of the window: what the user sees, never data. */
export interface Kept {
  pair?: Pair;
  filter?: { text: string; kinds: FilterKind[] };
  whitespace?: DiffOptions['whitespace'];
  context?: number;
  closedFolders?: string[];
  collapsed?: [string, boolean][];
  treeWidth?: number;
  treeHidden?: boolean;
  at?: { key: string; offset: number };
}

/** Where the list of files stands. */
export type Phase =
  | { readonly kind: 'listing'; readonly first: boolean }
  | { readonly kind: 'listed' }
  | { readonly kind: 'failed'; readonly failure: PanelFailure };

/** Comparisons up to this size are read again by themselves when the repository moves. */
const refreshByItself = 200;
/** Copies are looked for among so many files. */
const copiesAmong = 500;

/** Everything the panel knows, and what the user can do with it. Components draw it and are told when it changes. */
export class DiffModel {
  readonly bridge: Bridge<DiffContract, Kept>;
  readonly bodies: FileBodies;
  readonly #listeners = new Set<() => void>();
  readonly kept: Kept;
  opening: Opening | undefined;
  phase: Phase = { kind: 'listing', first: true };
  commit: CommitMessage | undefined;
  /** Where a commit runs, as far as that is known. */
  places: { readonly commit: string; readonly badges: readonly BadgeView[] } | undefined;
  labels: { from: string; to: string } | undefined;
  moved = false;
  /** The server is away; it comes back by itself. */
  away = false;
  layout: Layout = 'side-by-side';
  wordWrap = true;
  whitespace: DiffOptions['whitespace'] = 'show';
  context = 3;
  filter: Filter;
  files = new Map<string, ChangedFile>();
  tree: readonly TreeNode[] = [];
  /** The files that pass the filter, as the tree has them. */
  shown: readonly ChangedFile[] = [];
  index = new Map<string, number>();
  treeRows: readonly TreeRow[] = [];
  readonly viewed = new Set<string>();
  /** What was marked here and a list that is on its way may not know; `kept` when a list that is asked from now on does. */
  readonly #marks = new Map<string, { readonly viewed: boolean; kept: boolean }>();
  readonly closedFolders: Set<string>;
  readonly #collapsed: Map<string, boolean>;
  #budget = new Set<string>();
  current: { key: string; change: number } | undefined;
  /** Counts what changed, so that a view can tell whether it has to compute anything anew. */
  version = 0;
  /** Looking for copies takes git three times as long on thousands of files: it is asked for once the list is known to be short. */
  #copies = false;
  #totals: { files: number; additions: number; deletions: number; of: unknown } | undefined;
  #listing: AbortController | undefined;
  #scheduled = false;

  constructor(bridge: Bridge<DiffContract, Kept>) {
    this.bridge = bridge;
    this.kept = bridge.kept ?? {};
    this.filter = { text: this.kept.filter?.text ?? '', kinds: new Set(this.kept.filter?.kinds ?? []) };
    this.closedFolders = new Set(this.kept.closedFolders ?? []);
    this.#collapsed = new Map(this.kept.collapsed ?? []);
    this.bodies = new FileBodies(
      (params, signal) => bridge.ask('file', params, { signal }),
      () => this.changed(),
      () => this.options,
    );
    this.bodies.onAway = () => {
      this.away = true;
    };
    bridge.on('opened', (opening) => this.#open(opening));
    bridge.on('moved', ({ worktree }) => this.#onMoved(worktree));
    bridge.on('places', (places) => {
      this.places = places;
      this.changed();
    });
    bridge.on('restarted', () => {
      this.away = false;
      this.bodies.retryFailed();
      void this.list();
    });
    bridge.on('toggleViewed', ({ key }) => this.toggleViewed(key));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the views, once per frame. */
  changed(): void {
    this.version++;
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      for (const listener of this.#listeners) listener();
    });
  }

  get options(): DiffOptions {
    return { whitespace: this.whitespace, context: this.context, renames: true, copies: this.#copies };
  }

  get totals(): { files: number; additions: number; deletions: number } {
    // Asked for with every frame, computed once for each list and each length of it.
    if (this.#totals?.of === this.files && this.#totals.files === this.files.size && this.phase.kind !== 'listing') return this.#totals;
    const totals = { files: this.files.size, additions: 0, deletions: 0 };
    for (const { additions, deletions } of this.files.values()) {
      totals.additions += additions;
      totals.deletions += deletions;
    }
    this.#totals = { ...totals, of: this.files };
    return totals;
  }

  keep(change: Partial<Kept>): void {
    Object.assign(this.kept, change);
    this.bridge.keep(this.kept);
  }

  /** Reads the list anew. What is on the page stays until the answer replaces it. */
  async list(): Promise<void> {
    this.#listing?.abort();
    const listing = new AbortController();
    this.#listing = listing;
    for (const [key, { kept }] of this.#marks) if (kept) this.#marks.delete(key);
    this.moved = false;
    this.phase = { kind: 'listing', first: this.files.size === 0 };
    this.changed();
    const found = new Map<string, ChangedFile>();
    try {
      const { from, to, viewed } = await this.#readList(found, listing.signal);
      // A name that was sent before its lines were counted and never came back did not differ after all.
      for (const [key, file] of found) if (file.counted === false) found.delete(key);
      this.bodies.keepOnly(this.files, found);
      this.files = found;
      this.labels = { from: from.label, to: to.label };
      this.viewed.clear();
      for (const key of viewed) this.viewed.add(key);
      for (const [key, mark] of this.#marks) {
        if (mark.viewed) this.viewed.add(key);
        else this.viewed.delete(key);
      }
      this.away = false;
      this.phase = { kind: 'listed' };
      performance.mark('hearth:listed');
      this.#arrange();
      this.#lookForCopies();
      // What moved while the list was read is not in it for sure.
      if (this.moved && this.files.size <= refreshByItself) void this.list();
    } catch (error) {
      const failure = failureOf(error);
      if (listing.signal.aborted || failure.reason === 'cancelled') return;
      if (failure.reason === 'disconnected') {
        this.away = true;
        this.phase = { kind: 'listing', first: this.files.size === 0 };
      } else this.phase = { kind: 'failed', failure };
      this.changed();
    }
  }

  /** Puts the files into `found`; where the page shows none yet, they are shown as they come. */
  async #readList(found: Map<string, ChangedFile>, signal: AbortSignal): Promise<NonNullable<ListPiece['end']>> {
    const { size } = this.files;
    let piece = await this.bridge.ask('list', { options: this.options }, { signal });
    // Sorting thousands of files for each piece would cost more than all the rest: first at once, then when they doubled.
    let arranged = 0;
    for (;;) {
      for (const file of piece.files) found.set(fileKey(file), file);
      if (piece.end !== undefined) return piece.end;
      if (size === 0 && found.size > 0) {
        const first = arranged === 0;
        this.files = found;
        if (found.size >= arranged * 2) {
          arranged = found.size;
          this.#arrange();
        } else this.changed();
        // The difference that is looked at goes before the rest of the list, which would keep the line to the page busy.
        if (first) {
          this.#wantFirst();
          await this.bodies.nextRead();
        }
      }
      piece = await this.bridge.ask('more', {}, { signal });
    }
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.keep({ filter: { text: this.filter.text, kinds: [...this.filter.kinds] } });
    this.#arrange();
  }

  setOptions(change: { whitespace?: DiffOptions['whitespace']; context?: number }): void {
    if (change.whitespace !== undefined) this.whitespace = change.whitespace;
    if (change.context !== undefined) this.context = change.context;
    this.keep({ whitespace: this.whitespace, context: this.context });
    this.bodies.markStale();
    // Context does not change which files differ.
    if (change.whitespace !== undefined) void this.list();
    else this.changed();
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.changed();
    void this.bridge.ask('setSetting', { name: 'layout', value: layout });
  }

  setWordWrap(wordWrap: boolean): void {
    this.wordWrap = wordWrap;
    this.changed();
    void this.bridge.ask('setSetting', { name: 'wordWrap', value: wordWrap });
  }

  toggleViewed(key: string): void {
    const file = this.files.get(key);
    if (file === undefined) return;
    this.setViewed([file], !this.viewed.has(key));
  }

  setViewed(files: readonly ChangedFile[], viewed: boolean): void {
    const mark = { viewed, kept: false };
    for (const file of files) {
      const key = fileKey(file);
      this.#marks.set(key, mark);
      if (viewed) this.viewed.add(key);
      else this.viewed.delete(key);
      // What was read is put away; what is to be read again is opened.
      this.#collapsed.delete(key);
    }
    const kept = (): void => {
      mark.kept = true;
    };
    void this.bridge.ask('setViewed', { files: files.map(fileKey), viewed }).then(kept, kept);
    if (this.filter.kinds.has('viewed') || this.filter.kinds.has('unviewed')) this.#arrange();
    this.#keepCollapsed();
    this.changed();
  }

  isCollapsed(key: string): boolean {
    return this.#collapsed.get(key) ?? (this.viewed.has(key) || this.#budget.has(key));
  }

  setCollapsed(keys: Iterable<string>, collapsed: boolean): void {
    for (const key of keys) this.#collapsed.set(key, collapsed);
    this.#keepCollapsed();
    this.changed();
  }

  toggleFolder(path: string, open?: boolean): void {
    const close = open === undefined ? !this.closedFolders.has(path) : !open;
    if (close) this.closedFolders.add(path);
    else this.closedFolders.delete(path);
    this.treeRows = flattenTree(this.tree, this.closedFolders);
    this.keep({ closedFolders: [...this.closedFolders].slice(0, 2000) });
    this.changed();
  }

  setCurrent(key: string, change = -1): void {
    if (this.current?.key === key && this.current.change === change) return;
    this.current = { key, change };
    this.changed();
  }

  body(key: string): Body {
    return this.bodies.get(key);
  }

  #lookForCopies(): void {
    if (this.#copies || this.files.size > copiesAmong) return;
    // Only a file that is new can be a copy, and only of one that changed as well.
    const states = [...this.files.values()].map(({ status }) => status);
    if (this.files.size < 2 || !states.includes('added')) return;
    this.#copies = true;
    void this.list();
  }

  /** Asks for the files at the top before they are drawn, which takes as long as reading them. What is drawn then says what is wanted. */
  #wantFirst(): void {
    if (this.kept.at === undefined || this.kept.at.key === '')
      this.bodies.want(this.shown.slice(0, 4).filter((file) => !this.isCollapsed(fileKey(file))));
  }

  #keepCollapsed(): void {
    this.keep({ collapsed: [...this.#collapsed].slice(-2000) });
  }

  #open(opening: Opening): void {
    const before = this.opening;
    this.opening = opening;
    performance.mark('hearth:opened');
    const { settings, pair } = opening;
    const samePair = before !== undefined && JSON.stringify(before.pair) === JSON.stringify(pair);
    this.layout = settings.layout;
    this.wordWrap = settings.wordWrap;
    if (samePair) {
      this.changed();
      return;
    }
    if (before === undefined) {
      this.whitespace = this.kept.whitespace ?? settings.whitespace;
      this.context = this.kept.context ?? settings.context;
    } else {
      this.#collapsed.clear();
      this.closedFolders.clear();
      this.keep({ closedFolders: [], collapsed: [] });
    }
    this.#copies = false;
    this.files = new Map();
    this.bodies.clear();
    this.viewed.clear();
    this.#marks.clear();
    this.labels = undefined;
    this.commit = undefined;
    this.current = undefined;
    this.keep({ pair });
    this.#arrange();
    void this.list();
    if (pair.commit !== undefined) void this.#readCommit(pair.commit);
  }

  async #readCommit(id: string): Promise<void> {
    try {
      const commit = await this.bridge.ask('commit', {});
      if (this.opening?.pair.commit === id) this.commit = commit;
      this.changed();
    } catch (error) {
      if (!(error instanceof PanelError)) throw error;
    }
  }

  #onMoved(worktree: boolean): void {
    if (worktree || this.#followsDisk()) this.bodies.markStale(true);
    if (this.files.size <= refreshByItself && this.phase.kind !== 'listing') void this.list();
    else this.moved = true;
    this.changed();
  }

  #followsDisk(): boolean {
    const { from, to } = this.opening?.pair ?? {};
    return from?.kind === 'worktree' || to?.kind === 'worktree';
  }

  #arrange(): void {
    const passes = fileFilter(this.filter);
    const passing: ChangedFile[] = [];
    for (const [key, file] of this.files) if (passes(file, this.viewed.has(key))) passing.push(file);
    this.tree = buildTree(passing);
    this.shown = filesInOrder(this.tree);
    this.index = new Map(this.shown.map((file, at) => [fileKey(file), at]));
    this.treeRows = flattenTree(this.tree, this.closedFolders);
    this.#budget = withBudget(this.shown);
    this.changed();
  }
}
