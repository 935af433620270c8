import type * as z from 'zod/mini';
import type * as protocol from '../protocol/git.ts';
import { readHead } from './discover.ts';
import type { GitOutput } from './process.ts';
import { readRemotes } from './remotes.ts';
import type { Repository } from './repository.ts';
import { readStashes } from './stashes.ts';
import { readWorktrees } from './worktrees.ts';

export type Refs = z.output<typeof protocol.refs.result>;
export type RefRow = Refs['refs'][number];

const fields = [
  'refname',
  'objecttype',
  'objectname',
  '*objectname',
  '*objecttype',
  'creatordate:unix',
  'authorname',
  '*authorname',
  'taggername',
  'upstream',
  'symref',
  'contents:subject',
];

/** Branches whose distance to their upstream is counted: each is a walk, long where the two are far apart. HEAD's branch and the newest. */
const tracked = 50;

/**
 * Branches, remote branches, tags (newest first), stashes and worktrees. `limit` cuts each kind, 0 for all; `counts` are of all.
 * One `for-each-ref`; distances to upstreams by a second one for few branches.
 */
export async function readRefs(repository: Repository, limit: number, signal: AbortSignal): Promise<Refs> {
  const where = readHead(repository.facts);
  const [head, all, worktrees, remotes, stashes] = await Promise.all([
    where,
    listRefs(repository, signal),
    readWorktrees(repository, where, signal),
    readRemotes(repository, signal),
    readStashes(repository, signal),
  ]);
  const counts = { branch: 0, remote: 0, tag: 0 };
  const refs: RefRow[] = [];
  for (const row of all) {
    if (row.kind === 'other') continue;
    counts[row.kind]++;
    const isHead = head.branch !== undefined && row.name === `refs/heads/${head.branch}`;
    if (limit === 0 || counts[row.kind] <= limit || isHead) refs.push(row);
  }
  for (const { branch, root } of worktrees) {
    const row = branch === undefined ? undefined : refs.find((each) => each.name === `refs/heads/${branch}`);
    if (row !== undefined) row.worktree = root;
  }
  await addDistances(repository, refs, head.branch, signal);
  return { head, refs, counts, remotes, stashes, worktrees };
}

const prefixes = ['refs/heads', 'refs/remotes', 'refs/tags'];

/** `nested`: the commit of the row is a tag still. */
interface Peelable {
  readonly row: RefRow;
  readonly nested: boolean;
}

async function listRefs(repository: Repository, signal: AbortSignal): Promise<RefRow[]> {
  const { stdout, exitCode } = await forEachRef(repository, prefixes, signal);
  if (exitCode === 0) return peeled(repository, rowsOf(stdout), signal);
  // One ref whose object is missing ends git before it prints any: the others are asked for by name.
  const rows: Peelable[] = [];
  for (const names of inArguments(await soundRefs(repository, signal)))
    rows.push(...rowsOf((await forEachRef(repository, names, signal)).stdout));
  return peeled(
    repository,
    rows.sort((x, y) => y.row.time - x.row.time),
    signal,
  );
}

/** A tag of a tag: `for-each-ref` of older versions looks one step far. What leads to no commit is left out. */
async function peeled(repository: Repository, rows: readonly Peelable[], signal: AbortSignal): Promise<RefRow[]> {
  const commits = await Promise.all(
    rows.map(({ row, nested }) =>
      nested ? repository.objects.info(`${row.commit}^{commit}`, signal).then((facts) => facts?.id) : row.commit,
    ),
  );
  return rows.flatMap(({ row }, index) => {
    const commit = commits[index];
    return commit === undefined ? [] : [{ ...row, commit }];
  });
}

function forEachRef(repository: Repository, patterns: readonly string[], signal: AbortSignal): Promise<GitOutput> {
  const format = `${fields.map((field) => `%(${field})`).join('%00')}%00`;
  return repository.run(['for-each-ref', `--format=${format}`, '--sort=refname', '--sort=-creatordate', ...patterns], {
    signal,
    accept: [0, 1, 128],
  });
}

/** Names of refs whose object is there. */
async function soundRefs(repository: Repository, signal: AbortSignal): Promise<string[]> {
  const { stdout } = await repository.run(['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes], {
    signal,
    accept: [0, 1, 128],
  });
  const listed = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ id: line.slice(0, line.indexOf(' ')), name: line.slice(line.indexOf(' ') + 1) }));
  const present = await Promise.all(listed.map(({ id }) => repository.objects.info(id, signal)));
  return listed.filter((_, index) => present[index] !== undefined).map(({ name }) => name);
}

/** Names in groups that fit into one command line. */
function* inArguments(names: readonly string[]): Generator<string[]> {
  let group: string[] = [];
  let length = 0;
  for (const name of names) {
    if (length > 30_000) {
      yield group;
      group = [];
      length = 0;
    }
    group.push(name);
    length += name.length + 1;
  }
  if (group.length > 0) yield group;
}

function rowsOf(stdout: Buffer): Peelable[] {
  const parts = stdout.toString('utf8').split('\0');
  const rows: Peelable[] = [];
  for (let at = 0; at + fields.length <= parts.length - 1; at += fields.length) {
    const row = rowOf(parts.slice(at, at + fields.length));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** A ref from the fields above; undefined for one that leads to no commit, and for `origin/HEAD`, which only names another. */
function rowOf(parts: readonly string[]): Peelable | undefined {
  const [
    rawName = '',
    type,
    id = '',
    target = '',
    peeledType,
    time,
    author = '',
    peeledAuthor = '',
    tagger = '',
    upstream = '',
    symref,
    subject = '',
  ] = parts;
  const name = rawName.replace(/^\n/, '');
  const annotated = type === 'tag';
  const commit = annotated ? target : id;
  const nested = annotated && peeledType === 'tag';
  if (!/^[0-9a-f]+$/.test(commit) || !(nested || (annotated ? peeledType : type) === 'commit')) return undefined;
  const kind = name.startsWith('refs/heads/')
    ? 'branch'
    : name.startsWith('refs/remotes/')
      ? 'remote'
      : name.startsWith('refs/tags/')
        ? 'tag'
        : 'other';
  if (symref !== undefined && symref !== '' && kind === 'remote') return undefined;
  const row: RefRow = {
    name,
    short: name.replace(/^refs\/(heads|remotes|tags)\//, ''),
    kind,
    commit,
    time: Number(time) || 0,
    subject,
    author: annotated ? tagger || peeledAuthor : author,
    ...(upstream === '' ? {} : { upstream }),
  };
  return { row, nested };
}

async function addDistances(
  repository: Repository,
  refs: readonly RefRow[],
  current: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const candidates = refs.filter(({ kind, upstream }) => kind === 'branch' && upstream !== undefined);
  candidates.sort((a, b) => Number(b.short === current) - Number(a.short === current));
  const few = candidates.slice(0, tracked);
  if (few.length === 0) return;
  const byName = new Map(few.map((row) => [row.name, row]));
  const args = ['for-each-ref', '--format=%(refname)%00%(upstream:track,nobracket)', ...byName.keys()];
  const { stdout } = await repository.run(args, { signal, accept: [0, 1, 128] });
  for (const line of stdout.toString('utf8').split('\n')) {
    const [name = '', track = ''] = line.split('\0');
    const row = byName.get(name);
    if (row === undefined) continue;
    if (track === 'gone') row.upstreamGone = true;
    else {
      row.ahead = Number(track.match(/ahead (\d+)/)?.[1] ?? 0);
      row.behind = Number(track.match(/behind (\d+)/)?.[1] ?? 0);
    }
  }
}
