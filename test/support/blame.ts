import { spawnSync } from 'node:child_process';
import type { BlamedCommit, BlameOrigin } from '../../server/protocol/gitTypes.ts';
import { hermeticEnvironment, runGit } from './repositories/repository.ts';

/** A line of blame as git's porcelain and our answer both say it. */
export interface ComparedLine {
  commit: string;
  originalLine: number;
  path: string;
  previous: string | undefined;
  author: string;
  authorMail: string;
  authorTime: number;
  committer: string;
  committerTime: number;
  summary: string;
  boundary: boolean;
}

/** `git blame --line-porcelain`, read without any of our own parsers. Times and summaries of uncommitted lines are left out. */
export function gitBlame(root: string, args: readonly string[], input?: string | Buffer): ComparedLine[] {
  const outcome = runGit(['--literal-pathspecs', '-c', 'core.quotePath=false', 'blame', '--line-porcelain', '--encoding=UTF-8', ...args], {
    cwd: root,
    ...(input === undefined ? {} : { input }),
  });
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  return linesOf(outcome.stdout.toString('utf8').split('\n'));
}

/** The same of many files, in their order. A shell starts git for each: to fork this process, which is large, takes as long as a short blame. */
export function gitBlames(root: string, args: readonly string[], paths: readonly string[]): ComparedLine[][] {
  const loop = 'while IFS= read -r -d "" path; do "$@" -- "$path" || exit 1; echo "end of $?"; done';
  const git = ['git', '--literal-pathspecs', '-c', 'core.quotePath=false', 'blame', '--line-porcelain', '--encoding=UTF-8', ...args];
  const outcome = spawnSync('bash', ['-c', loop, 'bash', ...git], {
    cwd: root,
    env: hermeticEnvironment(),
    input: paths.map((path) => `${path}\0`).join(''),
    maxBuffer: 1 << 30,
  });
  if (outcome.status !== 0) throw new Error(outcome.stderr.toString());
  const blames: ComparedLine[][] = [];
  let rows: string[] = [];
  for (const row of outcome.stdout.toString('utf8').split('\n')) {
    if (row === 'end of 0') {
      blames.push(linesOf(rows));
      rows = [];
    } else rows.push(row);
  }
  if (blames.length !== paths.length) throw new Error(`${blames.length} blames of ${paths.length} files`);
  return blames;
}

function linesOf(rows: readonly string[]): ComparedLine[] {
  const lines: ComparedLine[] = [];
  let header: Record<string, string> = {};
  for (const line of rows) {
    if (line.startsWith('\t')) {
      lines.push(comparedLine(header));
      header = {};
    } else if (header['id'] === undefined) header = { id: line };
    else header[line.split(' ', 1)[0] as string] = line.slice(line.indexOf(' ') + 1);
  }
  return lines;
}

function comparedLine(header: Record<string, string>): ComparedLine {
  const [commit = '', originalLine] = (header['id'] ?? '').split(' ');
  return withoutNow({
    commit,
    originalLine: Number(originalLine),
    path: unquoted(header['filename'] ?? ''),
    previous:
      header['previous'] === undefined
        ? undefined
        : `${header['previous'].split(' ', 1)[0]} ${unquoted(header['previous'].slice(header['previous'].indexOf(' ') + 1))}`,
    author: header['author'] ?? '',
    authorMail: (header['author-mail'] ?? '').replace(/^<(.*)>$/, '$1'),
    authorTime: Number(header['author-time']),
    committer: header['committer'] ?? '',
    committerTime: Number(header['committer-time']),
    summary: header['summary'] ?? '',
    boundary: header['boundary'] !== undefined,
  });
}

/** Our answer in the same form. */
export function ourBlame(result: {
  lines?: { commit: string[]; originalLine: number[]; origin: number[] } | undefined;
  origins?: BlameOrigin[] | undefined;
  commits?: Record<string, BlamedCommit> | undefined;
}): ComparedLine[] {
  const { lines, origins = [], commits = {} } = result;
  if (lines === undefined) throw new Error('no lines in the answer');
  return lines.commit.map((commit, index) => {
    const facts = commits[commit];
    const origin = origins[lines.origin[index] as number];
    if (facts === undefined || origin === undefined) throw new Error(`line ${index + 1}: no facts or origin of ${commit}`);
    return withoutNow({
      commit,
      originalLine: lines.originalLine[index] as number,
      path: origin.path,
      previous: origin.previous === undefined ? undefined : `${origin.previous.commit} ${origin.previous.path}`,
      author: facts.author,
      authorMail: facts.authorMail,
      authorTime: facts.authorTime,
      committer: facts.committer,
      committerTime: facts.committerTime,
      summary: facts.summary,
      boundary: facts.boundary === true,
    });
  });
}

/** An uncommitted line is as old as the question. */
function withoutNow(line: ComparedLine): ComparedLine {
  return /^0+$/.test(line.commit) ? { ...line, authorTime: 0, committerTime: 0, summary: '' } : line;
}

function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  return JSON.parse(
    name
      .replace(/\\a/g, '\\u0007')
      .replace(/\\v/g, '\\u000b')
      .replace(/\\([0-7]{3})/g, (_, octal: string) => `\\u00${Number.parseInt(octal, 8).toString(16).padStart(2, '0')}`),
  ) as string;
}
