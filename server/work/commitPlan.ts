import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readWorkConfig } from '../config/workConfig.ts';
import { scanStaged } from '../environment/index.ts';
import type { Repository } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/workFlow.ts';
import type { EntryState } from '../protocol/workFlow.ts';
import { entryStateOf } from './changelog.ts';
import { currentItem, rowOf } from './current.ts';
import { type Flow, textOrNothing } from './flow.ts';
import { readIdentity } from './identity.ts';
import { readStaged, withAllStaged } from './stagedChanges.ts';
import { suggestMessage } from './suggestMessage.ts';
import { readWorktreeState } from './worktreeState.ts';

type CommitPlan = ResultOf<typeof protocol.commitPlan>;

/** What a commit would be. Changes nothing; asks the hub only when the branch has an item. */
export async function planCommit(flow: Flow, { all, amend }: ParamsOf<typeof protocol.commitPlan>): Promise<CommitPlan> {
  const { repository, signal } = flow;
  // Staging runs filters of the repository: without trust only what is staged already is looked at.
  if (all && repository.trusted) return withAllStaged(repository, signal, (indexFile) => planOf(flow, { amend, indexFile }));
  return planOf(flow, { amend, indexFile: undefined });
}

async function planOf(flow: Flow, { amend, indexFile }: { amend: boolean; indexFile: string | undefined }): Promise<CommitPlan> {
  const { repository, signal } = flow;
  const { head, operation } = repository.facts;
  const id = await currentItem(repository, signal);
  const [row, staged, state, scan, last, identity, signing, hooks, entry, waiting] = await Promise.all([
    id === undefined ? undefined : rowOf(flow, id),
    readStaged(repository, indexFile, signal),
    readWorktreeState(repository, signal),
    scanStaged(repository, { indexFile, signal }),
    amend ? readLast(repository, signal) : undefined,
    readIdentity(repository, signal),
    isSigning(repository, signal),
    readHooks(repository, signal),
    entryOf(repository, id, indexFile, signal),
    waitingMessage(repository),
  ]);
  return {
    head,
    ...(operation === undefined ? {} : { operation }),
    ...(row === undefined ? {} : { item: row }),
    staged: staged.totals,
    unmerged: state.unmerged.length,
    entry,
    findings: scan.findings,
    warnings: scan.warnings,
    suggestion: last?.message ?? waiting ?? suggestMessage(staged.files, row),
    ...(last === undefined ? {} : { last }),
    ...(identity === undefined ? {} : { identity }),
    signing,
    hooks,
  };
}

/** The change entry of the index; not required where no item or no rule asks for one. */
async function entryOf(
  repository: Repository,
  item: number | undefined,
  indexFile: string | undefined,
  signal: AbortSignal,
): Promise<EntryState> {
  const { config } = await readWorkConfig(repository.root);
  if (item === undefined || config.changelog.required === 'off') return { state: 'not-required', problems: [] };
  // What is written but not staged is in no commit; where only the merge asks for it, that may come later.
  const worktree = config.changelog.required !== 'commit';
  return entryStateOf(repository, { item, config, at: { kind: 'index', indexFile, worktree }, signal });
}

/** What git has prepared for the commit that ends a merge, squash, cherry-pick or revert; without its comments. */
async function waitingMessage({ facts }: Repository): Promise<string | undefined> {
  for (const name of ['MERGE_MSG', 'SQUASH_MSG']) {
    const text = await fs.readFile(path.join(facts.gitDir, name), 'utf8').catch(() => '');
    const message = text.replace(/^#.*\n?/gm, '').trim();
    if (message !== '') return message;
  }
  return undefined;
}

/** The commit that would be amended; undefined on a branch without commits. */
export async function readLast(repository: Repository, signal: AbortSignal): Promise<CommitPlan['last']> {
  if (repository.facts.head.commit === undefined) return undefined;
  const [text, remotes] = await Promise.all([
    repository.text(['log', '-1', '--no-show-signature', '--encoding=UTF-8', '--format=%H%n%B', 'HEAD'], { signal }),
    textOrNothing(repository, ['for-each-ref', '--count=1', '--format=x', '--contains=HEAD', 'refs/remotes'], signal),
  ]);
  const end = text.indexOf('\n');
  return { id: text.slice(0, end), message: text.slice(end + 1).trimEnd(), pushed: remotes !== '' };
}

async function isSigning(repository: Repository, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await repository.run(['config', '--type=bool', '--get', 'commit.gpgSign'], { signal, accept: [0, 1, 128] });
  return stdout.toString('utf8').trim() === 'true';
}

const commitHooks = ['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit'];

/** Hooks that git runs for a commit: files of those names that may be executed. */
async function readHooks(repository: Repository, signal: AbortSignal): Promise<CommitPlan['hooks']> {
  const folder = path.resolve(repository.root, await repository.text(['rev-parse', '--git-path', 'hooks'], { signal }));
  const names: string[] = [];
  let hearth = false;
  for (const name of commitHooks) {
    const file = path.join(folder, name);
    const runs = await fs.access(file, fs.constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!runs) continue;
    names.push(name);
    hearth ||= /\bhearth\b/i.test(await fs.readFile(file, 'utf8').catch(() => ''));
  }
  return { names, hearth };
}
