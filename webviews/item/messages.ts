import type { InputOf, ResultOf } from '../../server/protocol/message.ts';
import type { checkItem, commentItem, edit, Item, ItemState, MergeHow } from '../../server/protocol/work.ts';
import type { completePlan, NewEntry } from '../../server/protocol/workFlow.ts';
import type { BadgeView } from '../ui/messages.ts';

/** What the item panel and the shell say to each other. */

export type { Item, ItemState, MergeHow, NewEntry };
export type Plan = ResultOf<typeof completePlan>;
export type Precondition = Plan['preconditions'][number];
export type Fix = NonNullable<Precondition['fix']>;
export type CheckAction = InputOf<typeof checkItem>['action'];
export type CommentAction = InputOf<typeof commentItem>['action'];
export type Changes = Omit<InputOf<typeof edit>, 'repository' | 'id'>;

/** One thing that happened, in words. Times in milliseconds. */
export interface TimelineRow {
  readonly sequence: number;
  readonly time: number;
  readonly actor: string;
  readonly icon: string;
  readonly words: string;
}

export type Part = 'notes' | 'plan';

/** What a panel is told first, and again when trust or the work tree changes. */
export interface Opening {
  readonly repository: string;
  readonly id: number;
  /** The repository folder's name. */
  readonly name: string;
  readonly trusted: boolean;
}

/** What the item and its surroundings are now. */
export interface Loaded {
  readonly item: Item;
  /** Its branch is checked out. */
  readonly current: boolean;
}

/** Where the commits of the item run: each of them, and all of them together. */
export interface ItemPlaces {
  readonly commits: Readonly<Record<string, readonly BadgeView[]>>;
  readonly all: readonly BadgeView[];
}

/** What is done outside the page: with questions, progress or another panel. */
export type Run = 'start' | 'switch' | 'complete' | 'commit' | 'showChanges' | 'finish' | 'undo' | 'delete' | 'copyReference';

export interface ItemContract {
  requests: {
    load: { params: Record<string, never>; result: Loaded };
    plan: { params: { into?: string; how?: MergeHow }; result: Plan };
    timeline: { params: { limit: number }; result: { rows: TimelineRow[]; more: boolean } };
    edit: { params: Changes; result: Item };
    check: { params: CheckAction; result: Item };
    comment: { params: CommentAction; result: Item };
    move: { params: { to: ItemState }; result: Item };
    /** Answers the file it was written to (and staged). */
    addEntry: { params: NewEntry; result: { path: string } };
    run: { params: { what: Run; into?: string; how?: MergeHow }; result: null };
    openCommit: { params: { commit: string }; result: null };
    showLog: { params: Record<string, never>; result: null };
  };
  events: {
    opened: Opening;
    places: ItemPlaces;
    /** Something happened to items, or git moved: ask again. */
    changed: null;
    /** The server answers again after a crash: what was asked is lost. */
    restarted: null;
    /** Brings a part of the page to the eye and the keyboard. */
    focus: Part;
  };
}
