import type { diffFile } from '../../../server/protocol/git.ts';
import type { ChangedFile as ServerFile } from '../../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../../server/protocol/message.ts';

/** A changed file as a page knows it: its blob ids, most of what a long list weighs, stay with the shell. */
export interface ChangedFile extends Omit<ServerFile, 'oldId' | 'newId'> {
  /** Stands for the pair of contents: another number of the same file is another difference. 0: a side is on disk and has no id. */
  readonly contents: number;
}

export type FileDiff = ResultOf<typeof diffFile>;

/** How a file is named on the way: by its path, or by bytes where it is not UTF-8. */
export type FileName = { readonly path: string } | { readonly pathBytes: string };

/** The identity of a changed file within a comparison. */
export function fileKey(file: { path: string; pathBytes?: string | undefined }): string {
  return file.pathBytes === undefined ? file.path : `bytes:${file.pathBytes}`;
}

export function fileName(file: { path: string; pathBytes?: string | undefined }): FileName {
  return file.pathBytes === undefined ? { path: file.path } : { pathBytes: file.pathBytes };
}
