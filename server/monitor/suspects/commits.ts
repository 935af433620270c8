import type { Repository } from '../../git/index.ts';
import type { ChangedFile, SuspectCommit } from './types.ts';

/** Commits that are looked at; what is further back than that is counted only. */
const mostCommits = 2000;
/** Commits and bytes of patches that are searched for words of the error. */
const mostPatches = 400;
const mostPatchBytes = 24 * 1024 * 1024;

const environment = { GIT_NO_LAZY_FETCH: '1' };
const longestBody = 4000;

/** Which of these commits are not in the repository. */
export async function missingCommits(repository: Repository, ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const args = ['cat-file', '-e', `${id}^{commit}`];
    const { exitCode } = await repository.run(args, { signal, accept: [0, 1, 128], env: environment });
    if (exitCode !== 0) missing.push(id);
  }
  return missing;
}

/** Whether two commits have a common past here: a shallow clone may have lost it. */
export async function haveCommonPast(repository: Repository, a: string, b: string, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await repository.run(['merge-base', a, b], { signal, accept: [0, 1], env: environment, silence: 180_000 });
  return exitCode === 0;
}

const format = ['%m', '%H', '%P', '%aN', '%at', '%(trailers:key=Hearth-Item,valueonly,separator=%x2C)', '%s', '%b'].join('%x00');
const fields = 8;

/** What is in one release and not in the other, newest first, with the files of each; and how many commits there are. */
export async function commitsBetween(
  repository: Repository,
  good: string,
  bad: string,
  signal: AbortSignal,
): Promise<{ commits: SuspectCommit[]; total: number }> {
  const range = `${good}...${bad}`;
  const args = [
    'log',
    '-z',
    '--left-right',
    '--encoding=UTF-8',
    '--no-show-signature',
    `--max-count=${mostCommits}`,
    `--format=tformat:${format}`,
    range,
    '--',
  ];
  const { stdout } = await repository.run(args, { signal, env: environment, silence: 180_000 });
  const parts = stdout.toString('utf8').split('\0');
  const rows: Omit<SuspectCommit, 'files'>[] = [];
  for (let at = 0; at + fields <= parts.length; at += fields) rows.push(rowOf(parts.slice(at, at + fields)));
  const [files, total] = await Promise.all([
    changedFiles(repository, rows, signal),
    rows.length < mostCommits ? rows.length : countOf(repository, range, signal),
  ]);
  return { commits: rows.map((row) => ({ ...row, files: files.get(row.id) ?? [] })), total };
}

function rowOf([mark = '', id = '', parents = '', author = '', time = '', items = '', subject = '', body = '']: readonly string[]): Omit<
  SuspectCommit,
  'files'
> {
  const item = /^\s*#?([1-9]\d{0,8})\s*(?:,|$)/.exec(items)?.[1];
  const authorTime = Number(time);
  return {
    ...{ id, author: author.slice(0, 200), subject: subject.slice(0, 500), body: body.slice(0, longestBody) },
    parents: parents === '' ? 0 : parents.split(' ').length,
    authorTime: Number.isSafeInteger(authorTime) ? authorTime : 0,
    item: item === undefined ? null : Number(item),
    side: mark === '<' ? 'removed' : 'added',
  };
}

async function countOf(repository: Repository, range: string, signal: AbortSignal): Promise<number> {
  return Number(await repository.text(['rev-list', '--count', range, '--'], { signal, env: environment, silence: 180_000 }));
}

/** Of a merge only what differs from all its parents: the rest came with other commits. */
async function changedFiles(
  repository: Repository,
  rows: readonly Omit<SuspectCommit, 'files'>[],
  signal: AbortSignal,
): Promise<Map<string, ChangedFile[]>> {
  const plain = rows.filter(({ parents }) => parents < 2).map(({ id }) => id);
  const merges = rows.filter(({ parents }) => parents >= 2).map(({ id }) => id);
  const [numbers, combined] = await Promise.all([
    diffTree(repository, ['--numstat', '--root'], plain, signal),
    diffTree(repository, ['-c', '--raw'], merges, signal),
  ]);
  return new Map([...parseNumbers(numbers), ...parseRaw(combined)]);
}

async function diffTree(repository: Repository, how: readonly string[], ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (ids.length === 0) return [];
  const args = ['diff-tree', '--stdin', '-r', '-z', '--no-renames', ...how, ...repository.diffSafety];
  const input = ids.map((id) => `${id}\n`).join('');
  const { stdout } = await repository.run(args, { signal, input, env: environment, silence: 180_000 });
  return stdout.toString('utf8').split('\0');
}

const commitId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** `<id>`, then `added TAB deleted TAB path` for each file. */
function parseNumbers(parts: readonly string[]): Map<string, ChangedFile[]> {
  const found = new Map<string, ChangedFile[]>();
  let files: ChangedFile[] = [];
  for (const part of parts) {
    const numbers = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(part);
    if (numbers !== null) {
      const [, added = '', deleted = '', path = ''] = numbers;
      files.push({ path, added: added === '-' ? null : Number(added), deleted: deleted === '-' ? null : Number(deleted) });
    } else if (commitId.test(part.trim())) {
      files = [];
      found.set(part.trim(), files);
    }
  }
  return found;
}

/** `<id>`, then `::modes…`, path for each file. */
function parseRaw(parts: readonly string[]): Map<string, ChangedFile[]> {
  const found = new Map<string, ChangedFile[]>();
  let files: ChangedFile[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as string;
    if (part.startsWith(':')) files.push({ path: parts[++at] ?? '', added: null, deleted: null });
    else if (commitId.test(part.trim())) {
      files = [];
      found.set(part.trim(), files);
    }
  }
  return found;
}

/** Which of the words (lower case) stand in lines that each commit adds or removes. The newest commits are looked at, as far as time allows. */
export async function wordsInPatches(
  repository: Repository,
  commits: readonly SuspectCommit[],
  words: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const ids = commits.filter(({ parents }) => parents < 2).map(({ id }) => id);
  const found = new Map<string, Set<string>>();
  if (words.length === 0 || ids.length === 0) return new Map();
  const search = wordSearch(words);
  const args = ['diff-tree', '--stdin', '-r', '-p', '-U0', '--root', '--no-renames', '--no-color', ...repository.diffSafety];
  const input = ids
    .slice(0, mostPatches)
    .map((id) => `${id}\n`)
    .join('');
  let present = new Set<string>();
  let rest = '';
  let bytes = 0;
  const take = (line: string) => {
    if (commitId.test(line)) {
      present = new Set();
      found.set(line, present);
    } else if ((line.startsWith('+') && !line.startsWith('+++')) || (line.startsWith('-') && !line.startsWith('---')))
      search(line, present);
  };
  for await (const chunk of repository.stream(args, { signal, input, env: environment, silence: 60_000 })) {
    const lines = `${rest}${chunk.toString('latin1')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    bytes += chunk.length;
    if (bytes > mostPatchBytes) break;
  }
  take(rest);
  return new Map([...found].filter(([, each]) => each.size > 0).map(([id, each]) => [id, [...each]]));
}

const longestLine = 2000;

/** Names are compared whole; what holds other characters (`db-url`) anywhere in the line. */
function wordSearch(words: readonly string[]): (line: string, into: Set<string>) => void {
  const names = new Set(words.filter((word) => /^[\w$]+$/.test(word)));
  const others = words.filter((word) => !names.has(word));
  return (line, into) => {
    // A minified file has no lines to speak of.
    const text = line.slice(0, longestLine).toLowerCase();
    for (const [word] of text.matchAll(/[a-z_$][\w$]{2,60}/g)) if (names.has(word)) into.add(word);
    for (const word of others) if (text.includes(word)) into.add(word);
  };
}
