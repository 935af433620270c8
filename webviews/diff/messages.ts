import type { diffList } from '../../server/protocol/git.ts';
import type { DiffOptions, Side } from '../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { type ChangedFile, type FileDiff, type FileName, fileKey, fileName } from '../ui/code/files.ts';
import type { BadgeView } from '../ui/messages.ts';

/** What the diff panel and the shell say to each other. */

export type { DiffOptions, Side };
export { type ChangedFile, type FileDiff, type FileName, fileKey, fileName };

/** The pair a panel shows; with `commit`, it is that commit against its first parent and its message stands on top. */
export interface Pair {
  readonly repository: string;
  readonly from: Side;
  readonly to: Side;
  readonly commit?: string;
}

export type Layout = 'side-by-side' | 'unified';

export interface DiffSettings {
  readonly layout: Layout;
  readonly whitespace: DiffOptions['whitespace'];
  readonly context: number;
  readonly wordWrap: boolean;
  readonly tabSize: number;
}

/** What a panel is told first, and again when the pair changes. */
export interface Opening {
  readonly pair: Pair;
  /** The repository folder's name. */
  readonly name: string;
  readonly fromLabel: string;
  readonly toLabel: string;
  readonly settings: DiffSettings;
}

export interface CommitMessage {
  readonly id: string;
  readonly author: string;
  readonly authorMail: string;
  readonly authorTime: number;
  readonly message: string;
  readonly parents: readonly string[];
}

/** Files of the list that the page has not had, or that are counted now. The last piece has the `end`. */
export interface ListPiece {
  readonly files: readonly ChangedFile[];
  /** `viewed` has the keys (`fileKey`) of the files whose present difference was marked. */
  readonly end?: ResultOf<typeof diffList> & { readonly viewed: readonly string[] };
}

export interface DiffContract {
  requests: {
    /** Reads the list anew: its first piece, about a screen of it. */
    list: { params: { options: DiffOptions }; result: ListPiece };
    /** The next piece, as large as there is by now. */
    more: { params: Record<string, never>; result: ListPiece };
    file: { params: { file: FileName; oldFile?: FileName; limit: number; options: DiffOptions }; result: FileDiff };
    commit: { params: Record<string, never>; result: CommitMessage };
    /** Files are named by their `fileKey`. */
    setViewed: { params: { files: string[]; viewed: boolean }; result: null };
    /** `line` is 1-based, of the newer side. */
    openNative: { params: { file: string; line?: number }; result: null };
    openFile: { params: { file: string; line?: number }; result: null };
    /** Quick picks; `opened` comes when something was chosen. `mergeBase`: from where both sides parted. */
    pick: { params: { which: 'from' | 'to' | 'both' | 'mergeBase' }; result: null };
    swap: { params: Record<string, never>; result: null };
    export: { params: { options: DiffOptions; layout: Layout; files: FileName[] }; result: null };
    copy: { params: { text: string }; result: null };
    /** Remembered as the user's setting. */
    setSetting: { params: { name: 'layout' | 'wordWrap'; value: string | boolean }; result: null };
    showLog: { params: Record<string, never>; result: null };
  };
  events: {
    opened: Opening;
    /** Where the commit that is shown runs. */
    places: { commit: string; badges: readonly BadgeView[] };
    /** Something this pair is made of moved. */
    moved: { worktree: boolean };
    /** The server answers again after a crash: what was asked is lost. */
    restarted: null;
    /** From a native context menu. */
    toggleViewed: { key: string };
  };
}
