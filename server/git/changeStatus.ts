import type { ChangedFile } from '../protocol/gitTypes.ts';

const words: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type',
  U: 'unmerged',
};

/** The contract's word for git's status letter, with or without a score (`R086`). */
export function statusWord(status: string): ChangedFile['status'] {
  return words[status.charAt(0)] ?? 'modified';
}
