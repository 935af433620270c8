import type { ResultOf } from '../../server/protocol/message.ts';
import type { Category, commit, commitPlan, NewEntry } from '../../server/protocol/workFlow.ts';
import type { ChangedFile, FileDiff } from '../ui/code/files.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { draftAfter } from './rules.ts';

/** What the commit panel and the shell say to each other. Files are named by their `fileKey`; the shell knows the rest of them. */

export type { Category, ChangedFile, FileDiff, NewEntry };
export { draftAfter };
export type Plan = ResultOf<typeof commitPlan>;
export type Committed = ResultOf<typeof commit>;

/** What the index has beyond HEAD, and what the work tree has beyond the index (files in conflict and untracked ones included). */
export type Area = 'staged' | 'changes';

/** What a person has written and not committed yet: kept for each repository, also while no panel is open. */
export interface Draft {
  readonly message: string;
  readonly amend: boolean;
  /** The change entry as it stands in the form; `none` means that none is needed. */
  readonly entry: { readonly kind: 'entry' | 'none'; readonly category: Category; readonly text: string; readonly reason: string };
  /** Fingerprints of findings that are no secrets. */
  readonly allow: readonly string[];
}

/** How a commit ended; `sent` is the draft it was made of. */
export type Ended =
  | { readonly kind: 'committed'; readonly sent: Draft; readonly committed: Committed }
  | { readonly kind: 'failed'; readonly failure: PanelFailure };

/** The panel's commit as a page that loads finds it: on its way, or ended while no page was there to hear it. */
export type CommitState = { readonly kind: 'none' } | { readonly kind: 'committing' } | Ended;

/** What a panel is told first, and again when it is another. */
export interface Opening {
  readonly repository: string;
  /** The repository folder's name. */
  readonly name: string;
  readonly trusted: boolean;
  readonly tabSize: number;
  readonly draft: Draft | undefined;
  readonly commit: CommitState;
}

/** Files that the page has not had, or that are counted now. */
export interface ListPiece {
  readonly files: readonly ChangedFile[];
  readonly end: boolean;
}

/** `by` is the language model's name; absent when the text was made from the changes, `note` then says why. */
export interface Suggestion {
  readonly text: string;
  readonly by?: string;
  readonly note?: string;
}

export interface CommitContract {
  requests: {
    /** Reads the list of an area anew: its first piece, about a screen of it. */
    list: { params: { area: Area }; result: ListPiece };
    more: { params: { area: Area }; result: ListPiece };
    file: { params: { area: Area; file: string; limit: number }; result: FileDiff };
    plan: { params: { amend: boolean }; result: Plan };
    /** Everything when no files are named. */
    stage: { params: { files?: string[] }; result: null };
    unstage: { params: { files?: string[] }; result: null };
    /** Asks first. `undo` is absent when the user turned away. */
    discard: { params: { files: string[] }; result: { undo?: string } };
    /** `hunks` as `git/applyHunks` wants them. Discarding asks first. */
    hunks: { params: { action: 'stage' | 'unstage' | 'discard'; file: string; hunks: string[] }; result: { undo?: string } };
    /** Begins it. `ended` tells how it went: to another page, when this one is unloaded by then. */
    commit: { params: { draft: Draft; entry?: NewEntry }; result: null };
    cancelCommit: { params: Record<string, never>; result: null };
    /** The end of the commit was heard: a page that loads later is not told of it. */
    heardEnd: { params: Record<string, never>; result: null };
    undo: { params: { id: string }; result: { kept: readonly string[] } };
    redo: { params: { id: string }; result: { kept: readonly string[] } };
    /** Asks VS Code's language model, when there is one and nothing staged looks like a secret (beside what is allowed). */
    suggest: { params: { fallback: string; allow: string[]; item?: string }; result: Suggestion };
    openNative: { params: { area: Area; file: string }; result: null };
    /** A path of the list or of a finding, relative to the repository; `line` is 1-based. */
    openFile: { params: { path: string; line?: number }; result: null };
    openItem: { params: { id: number }; result: null };
    startWork: { params: Record<string, never>; result: null };
    showCommit: { params: { commit: string }; result: null };
    saveDraft: { params: Draft; result: null };
    /** The commands that tell git who commits, written into a terminal but not run. */
    identity: { params: Record<string, never>; result: null };
    trust: { params: Record<string, never>; result: null };
    showLog: { params: Record<string, never>; result: null };
  };
  events: {
    opened: Opening;
    /** The repository moved: `index` when HEAD, refs or the index did, else files of the work tree. */
    moved: { index: boolean };
    ended: Ended;
    /** The server answers again after a crash: what was asked is lost. */
    restarted: null;
  };
}
