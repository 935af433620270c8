import type { suspects } from '../../protocol/incident.ts';
import type { ResultOf } from '../../protocol/message.ts';

export type Suspects = ResultOf<typeof suspects>;
export type Suspect = Suspects['commits'][number];
export type Reason = Suspect['reasons'][number];
export type ReasonKind = Reason['kind'];

/** A commit between two releases, with what it touches. */
export interface SuspectCommit {
  readonly id: string;
  readonly parents: number;
  readonly subject: string;
  /** The rest of the message: says what it reverts. */
  readonly body: string;
  readonly author: string;
  /** Seconds. */
  readonly authorTime: number;
  readonly item: number | null;
  /** `added`: the bad release has it and the good one has not. `removed`: the other way round, as after going back. */
  readonly side: 'added' | 'removed';
  readonly files: readonly ChangedFile[];
}

/** Lines; null for what is not text, and where nobody counted. */
export interface ChangedFile {
  readonly path: string;
  readonly added: number | null;
  readonly deleted: number | null;
}

/** What is known of the failing service. */
export interface ServiceClues {
  readonly name: string;
  /** Globs of what it is made from; empty: the whole repository. */
  readonly paths: readonly string[];
  /** Its Dockerfile, from the root of the repository; undefined for a ready image. */
  readonly dockerfile: string | undefined;
  /** Whether `hearth.yaml` says something else of it in the bad release than in the good one. */
  readonly configurationChanged: boolean;
}

/** What an error says: which files it names, and words that may stand in the lines that were changed. */
export interface ErrorClues {
  readonly files: readonly string[];
  readonly words: readonly string[];
}

export interface Evidence {
  readonly service: ServiceClues;
  readonly error: ErrorClues;
  /** Newest first. */
  readonly commits: readonly SuspectCommit[];
  /** Words of the error that stand in lines a commit adds or removes, by commit. */
  readonly wordsIn: ReadonlyMap<string, readonly string[]>;
}
