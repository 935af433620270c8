import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readWorkConfig, type WorkConfig } from '../config/workConfig.ts';
import { allowSecrets, scanStaged } from '../environment/index.ts';
import { commitIndex, type Repository, recorded } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { type LinkedCommit, link as linkItem } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { entryStateOf, stageHint, writeEntry } from './changelog.ts';
import { itemOfName } from './changelogFragment.ts';
import { readLast } from './commitPlan.ts';
import { currentItem } from './current.ts';
import { askHub, type Flow, uncancelled } from './flow.ts';
import { requireIdentity } from './identity.ts';
import { readLinked } from './linkedCommits.ts';
import { orAsBefore } from './orAsBefore.ts';
import { readCommitted } from './stagedChanges.ts';
import { withTrailer } from './trailer.ts';
import { readWorktreeState } from './worktreeState.ts';

type Params = ParamsOf<typeof protocol.commit>;

/**
 * Commits what is staged, with the item's trailer and change entry, after the secret scan. Recorded, so that it can be undone. When a
 * check or a hook refuses, the index and the files are as before.
 */
export async function commitWork(flow: Flow, params: Params): Promise<ResultOf<typeof protocol.commit>> {
  const { repository, context, signal } = flow;
  const { config } = await readWorkConfig(repository.root);
  const item = await currentItem(repository, signal);
  const last = params.amend ? await readLast(repository, signal) : undefined;
  await validate(flow, params, item);
  const [subject = ''] = params.message.trim().split('\n');
  const action = { kind: params.amend ? 'amend' : 'commit', label: subject, actor: context.session.actor, item } as const;
  const { result, undo } = await recorded(repository, action, signal, () => act(flow, params, item, config));
  context.happened();
  const told = uncancelled(flow);
  const [{ totals }, linked] = await Promise.all([
    readCommitted(repository, result.commit, told.signal),
    readLinked(repository, result.commit, told.signal),
  ]);
  if (item !== undefined) {
    const gone = last === undefined || last.pushed || last.id === result.commit ? [] : [last.id];
    await tellHub(told, item, { commits: [linked], gone });
  }
  const { branch } = repository.facts.head;
  return {
    commit: result.commit,
    subject: linked.subject,
    ...(branch === undefined ? {} : { branch }),
    ...(item === undefined ? {} : { item }),
    totals,
    output: result.output,
    undo,
  };
}

/** What can be said before anything is changed. */
async function validate({ repository, signal }: Flow, params: Params, item: number | undefined): Promise<void> {
  await requireIdentity(repository, signal);
  const state = await readWorktreeState(repository, signal);
  const [unmerged] = state.unmerged;
  if (unmerged !== undefined) {
    throw new Failure(
      'precondition',
      `${unmerged}${others(state.unmerged.length - 1)} still ${state.unmerged.length === 1 ? 'has' : 'have'} conflicts.`,
      {
        hint: 'Resolve them and stage the files first.',
      },
    );
  }
  if (params.amend && repository.facts.head.commit === undefined) {
    throw new Failure('precondition', 'There is no commit yet that could be amended.', { hint: 'Make the first one.' });
  }
  if (params.entry !== undefined && item === undefined) {
    throw new Failure('precondition', 'This branch has no work item that the change entry could be of.', {
      hint: 'Start work on an item, or write the entry with `hearth changelog add --item N`.',
    });
  }
  const isChange = state.staged.length > 0 || (params.all && state.unstaged.length > 0) || params.entry !== undefined;
  if (isChange || params.amend || repository.facts.operation === 'merge') return;
  throw new Failure('precondition', 'Nothing is staged.', {
    hint: state.unstaged.length + state.untracked.length === 0 ? 'There is nothing to commit.' : 'Stage what you want to commit first.',
  });
}

const baseline = '.hearth/secrets-baseline.json';

/** Stages what belongs to the commit, checks it, commits; or leaves index and files as they were. */
async function act(
  { repository, signal }: Flow,
  params: Params,
  item: number | undefined,
  config: WorkConfig,
): Promise<{ commit: string; output: string }> {
  const fragments = params.entry === undefined || item === undefined ? [] : await fragmentsOf(repository, item, config);
  const stage = async () => {
    if (params.all) await repository.write(['add', '--update', '--', '.'], { signal });
    if (params.entry !== undefined && item !== undefined) {
      const { path } = await writeEntry(repository, { item, config, entry: params.entry, signal });
      await repository.write(['add', '--', path], { signal });
    }
    await refuseSecrets(repository, params, signal);
    if (item !== undefined && config.changelog.required === 'commit') await refuseWithoutEntry(repository, item, config, signal);
  };
  const commit = async () => {
    const message = item === undefined ? params.message : await withTrailer(repository, params.message, item, signal, true);
    return commitIndex(repository, { message, amend: params.amend, all: false, signal });
  };
  return orAsBefore(repository, { files: [...fragments, baseline], stage, act: commit });
}

/** Files that may be written for the entry of an item. */
async function fragmentsOf({ root }: Repository, item: number, { changelog }: WorkConfig): Promise<string[]> {
  const names = await fs.readdir(path.join(root, changelog.folder)).catch(() => []);
  return [...new Set([`${item}.md`, ...names.filter((name) => itemOfName(name) === item)])].map((name) => `${changelog.folder}/${name}`);
}

/** What the user says is no secret goes into the baseline, and with it into the commit. */
async function refuseSecrets(repository: Repository, { allow }: Params, signal: AbortSignal): Promise<void> {
  const { findings } = await scanStaged(repository, { signal });
  const isAllowed = new Set(allow);
  const left = findings.filter(({ fingerprint }) => !isAllowed.has(fingerprint));
  if (left.length > 0) {
    const listed = left.map(({ path, line, rule, fingerprint }) => `${path}:${line}: ${rule} (${fingerprint})`);
    throw new Failure('precondition', `${left.length === 1 ? 'This looks' : `${left.length} places look`} like a secret: ${listed[0]}.`, {
      hint: 'Take it out, or say that it is none (`--allow FINGERPRINT`).',
      detail: listed.join('\n'),
    });
  }
  const fingerprints = findings.map(({ fingerprint }) => fingerprint);
  if (fingerprints.length > 0) await allowSecrets(repository, { repository: repository.root, fingerprints, stage: true, signal });
}

async function refuseWithoutEntry(repository: Repository, item: number, config: WorkConfig, signal: AbortSignal): Promise<void> {
  const entry = await entryStateOf(repository, { item, config, at: { kind: 'index', worktree: false }, signal });
  if (entry.state === 'missing' && entry.problems.length > 0) {
    throw new Failure('precondition', `The change entry of #${item} is written but not staged.`, { hint: stageHint(entry) });
  }
  if (entry.state === 'missing') {
    throw new Failure('precondition', `The change entry of #${item} is missing.`, {
      hint: `Say what changes for users (\`--entry "Added: …"\`), or why none is needed (\`--no-entry REASON\`).`,
    });
  }
  if (entry.state !== 'broken') return;
  throw new Failure('precondition', `The change entry ${entry.path ?? ''} cannot be read: ${entry.problems[0] ?? 'it is damaged'}.`, {
    hint: 'Repair the file and stage it.',
    detail: entry.problems.join('\n'),
  });
}

/** The commit is made: what the hub does not hear now, the next reconcile tells it. */
async function tellHub(flow: Flow, id: number, link: { commits: LinkedCommit[]; gone: string[] }): Promise<void> {
  try {
    await askHub(flow, linkItem, { repository: flow.repository.root, id, ...link }, 'commit');
  } catch (error) {
    flow.context.log('warn', 'a commit could not be linked to its item now', { item: id, error: String(error) });
  }
}

function others(count: number): string {
  return count === 0 ? '' : ` and ${count} ${count === 1 ? 'other' : 'others'}`;
}
