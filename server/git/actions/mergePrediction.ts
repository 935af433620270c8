import type * as protocol from '../../protocol/gitActions.ts';
import type { ResultOf } from '../../protocol/message.ts';
import { Failure } from '../../rpc/failure.ts';
import { shownPath } from '../diffPath.ts';
import type { Repository } from '../repository.ts';
import { resolveCommit } from '../resolve.ts';
import { refusal } from './refusal.ts';

export type MergePrediction = ResultOf<typeof protocol.predictMerge>;

/**
 * What `git merge` would give, by `git merge-tree --write-tree`: no work tree, no index. Revisions or ids. Branches without a common history
 * are not clean: git refuses to merge them.
 */
export async function predictMerge(
  repository: Repository,
  { source, into, signal }: { source: string; into: string; signal: AbortSignal },
): Promise<MergePrediction> {
  const [from, to] = await Promise.all([resolveCommit(repository, source, signal), resolveCommit(repository, into, signal)]);
  const bases = await repository.text(['merge-base', from.commit, to.commit], { signal, accept: [0, 1] });
  const base = bases.split('\n')[0] ?? '';
  if (base === '') return { clean: false, conflicts: [], tree: to.tree, relation: 'unrelated' };
  if (base === from.commit) return { clean: true, conflicts: [], base, tree: to.tree, relation: 'merged' };
  if (base === to.commit) return { clean: true, conflicts: [], base, tree: from.tree, relation: 'fast-forward' };
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', to.commit, from.commit];
  const output = await repository.run(args, { signal, accept: [0, 1, 128], silence: 180_000 });
  if (output.exitCode > 1) throw refusal(args, output, 'The prediction');
  // A file that must be put aside is named after its side: `git merge` calls ours HEAD and theirs by its name.
  const named = output.stdout
    .toString('latin1')
    .replaceAll(`~${to.commit}`, '~HEAD')
    .replaceAll(`~${from.commit}`, `~${sideName(source)}`);
  const { tree, conflicts } = parseMergeTree(named);
  return { clean: output.exitCode === 0, conflicts: output.exitCode === 0 ? [] : conflicts, base, tree, relation: 'diverged' };
}

function sideName(source: string): string {
  return Buffer.from(source.replaceAll('/', '_'), 'utf8').toString('latin1');
}

/**
 * Reads `git merge-tree --write-tree -z --name-only --messages` (a latin1 string): the tree, names of files with conflicts, an empty token,
 * then messages as `count, names…, type, text`. The kind of a file is that of the first conflict that names it.
 */
export function parseMergeTree(text: string): Pick<MergePrediction, 'tree' | 'conflicts'> {
  const tokens = text.split('\0');
  const tree = tokens[0] ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(tree)) throw new Failure('git-failed', 'Git did not say what the merge would give.');
  let at = 1;
  const names: string[] = [];
  while (at < tokens.length && tokens[at] !== '') names.push(tokens[at++] as string);
  at++;
  const kinds = new Map<string, string>();
  while (at < tokens.length) {
    const count = Number(tokens[at] || Number.NaN);
    if (!Number.isInteger(count)) break;
    const paths = tokens.slice(at + 1, at + 1 + count);
    const [type = '', message = ''] = tokens.slice(at + 1 + count);
    at += count + 3;
    const kind = (message.match(/^CONFLICT \(([^)]*)\)/) ?? type.match(/^CONFLICT \(([^)]*)\)/))?.[1];
    if (kind === undefined) continue;
    for (const each of paths) if (!kinds.has(each)) kinds.set(each, kind);
  }
  return { tree, conflicts: names.map((name) => ({ ...shownPath(name), kind: kinds.get(name) ?? 'content' })) };
}
