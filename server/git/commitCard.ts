import type { CommitRow, FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { latin1Path } from './diffPath.ts';
import { type IssueLink, issueLinks } from './issueLinks.ts';
import { readCommit } from './log.ts';
import { addressOf, forgeOfRepository } from './permalink.ts';
import type { Repository } from './repository.ts';
import { argumentPath } from './resolve.ts';

/** Lines of a change beyond which a hover shows no more. */
const shownLines = 60;
const shownColumns = 1000;

export interface CommitCard {
  commit: CommitRow;
  committer: string;
  committerMail: string;
  message: string;
  issues: IssueLink[];
  change?: { before: string[]; after: string[] };
  permalink?: string;
}

/**
 * Everything a hover shows of a commit. `file` and `line` are those of the commit itself (blame's original line). Plain text only: nothing
 * of a message becomes markup here. A remote that is missing or unknown leaves links out; it is no error.
 */
export async function readCommitCard(
  repository: Repository,
  request: { commit: string; file?: FileRef | undefined; line?: number | undefined },
  signal: AbortSignal,
): Promise<CommitCard> {
  const [{ row, ...more }, change, forge] = await Promise.all([
    readCommit(repository, request.commit, signal),
    changeAround(repository, request, signal),
    forgeOfRepository(repository, undefined, signal).then(
      (found) => found.forge,
      (error) => {
        if (error instanceof Failure && ['precondition', 'unsupported', 'not-found'].includes(error.reason)) return undefined;
        throw error;
      },
    ),
  ]);
  const path = request.file === undefined ? undefined : Buffer.from(latin1Path(request.file), 'latin1');
  const lines = request.line === undefined ? undefined : { start: request.line, end: request.line };
  return {
    commit: row,
    ...more,
    issues: forge === undefined ? [] : issueLinks(more.message, forge),
    ...(change === undefined ? {} : { change }),
    ...(forge === undefined ? {} : { permalink: addressOf(forge, { commit: request.commit, path, lines }) }),
  };
}

/** The hunk of the commit (against its first parent, renames followed) that holds the line. One git process. */
async function changeAround(
  repository: Repository,
  { commit, file, line }: { commit: string; file?: FileRef | undefined; line?: number | undefined },
  signal: AbortSignal,
): Promise<CommitCard['change']> {
  if (file === undefined || line === undefined || !isArgument(file)) return undefined;
  const shape = [
    '--no-walk',
    '--follow',
    '-p',
    '-U0',
    '--inter-hunk-context=0',
    '-M',
    '-l1000',
    '--no-textconv',
    '--diff-merges=first-parent',
    '--format=%P',
    '--no-color',
  ];
  const args = ['log', ...shape, ...repository.diffSafety, '--end-of-options', commit, '--', argumentPath(file)];
  const { stdout } = await repository.run(args, { signal, share: true });
  const text = stdout.toString('utf8');
  // A root commit has nothing before it: the whole file is new, and a hover need not repeat it.
  return text.startsWith('\n') ? undefined : hunkAt(text, line);
}

function isArgument(file: FileRef): boolean {
  return 'path' in file || !Buffer.from(file.pathBytes, 'base64').toString('utf8').includes('\ufffd');
}

/** The hunk of a patch without context that covers a line of the newer side. */
export function hunkAt(patch: string, line: number): { before: string[]; after: string[] } | undefined {
  const header = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@.*$/gm;
  for (let match = header.exec(patch); match !== null; match = header.exec(patch)) {
    const start = Number(match[1]);
    const count = match[2] === undefined ? 1 : Number(match[2]);
    if (line < start || line >= start + count) continue;
    const before: string[] = [];
    const after: string[] = [];
    for (const each of patch.slice(header.lastIndex + 1).split('\n')) {
      if (each.startsWith('-')) push(before, each);
      else if (each.startsWith('+')) push(after, each);
      else if (!each.startsWith('\\')) break;
    }
    return { before, after };
  }
  return undefined;
}

function push(lines: string[], line: string): void {
  if (lines.length < shownLines) lines.push(line.slice(1, shownColumns).replace(/\r$/, ''));
}
