import type { Precondition } from '../protocol/workFlow.ts';
import type { CompleteFacts, Place } from './completeFacts.ts';

/** What has to hold before an item is merged and completed: each line green, red or a warning, in the order of the plan. */
export function preconditionsOf(facts: CompleteFacts): Precondition[] {
  const lines = [stateLine(facts), ...(facts.hadBranch ? branchLines(facts) : []), ...ruleLines(facts)];
  if (!facts.hadBranch) return lines;
  return [...lines, ...entryLines(facts), ...placeLines(facts), ...targetLines(facts), ...mergeLines(facts), ...upstreamLines(facts)];
}

type Id = Precondition['id'];
const ok = (id: Id, text: string): Precondition => ({ id, state: 'ok', text });
const warning = (id: Id, text: string, fix?: Precondition['fix']): Precondition => ({ id, state: 'warning', text, ...(fix && { fix }) });
const failed = (id: Id, text: string, fix?: Precondition['fix']): Precondition => ({ id, state: 'failed', text, ...(fix && { fix }) });

function stateLine({ item, interrupted }: CompleteFacts): Precondition {
  if (interrupted !== undefined) {
    return interrupted.running
      ? failed('state', `A Merge & Complete of #${item.id} runs in another process.`)
      : failed('state', `A Merge & Complete of #${item.id} was interrupted: finish or undo it first.`, 'resume');
  }
  if (item.state === 'done') return failed('state', `#${item.id} is done already.`);
  if (item.state === 'canceled') return failed('state', `#${item.id} is canceled.`, 'start');
  return ok('state', item.state === 'review' ? `#${item.id} is in review.` : `#${item.id} is ${item.state}.`);
}

function branchLines({ item, source, target, elsewhere }: CompleteFacts): Precondition[] {
  const by = elsewhere?.by === 'patch-id' ? 'the same changes are there' : 'its commits are there';
  const merged = `It is in ${target?.branch ?? 'the target'} already: ${by}.`;
  if (source === undefined) {
    if (elsewhere !== undefined) return [ok('branch', 'Its branch is gone.'), ok('commits', merged)];
    const gone = item.branch === null ? `#${item.id} has no branch any more.` : `There is no branch ${item.branch} here.`;
    return [failed('branch', gone, 'start')];
  }
  const branch = ok('branch', `Its branch is ${source.branch}.`);
  if (elsewhere !== undefined) return [branch, ok('commits', merged)];
  if (target === undefined) return [branch];
  if (source.ahead === 0)
    return [branch, failed('commits', `${source.branch} has no commits that ${target.branch} does not have.`, 'commit')];
  const behind = source.behind === 0 ? '' : `, ${source.behind} behind`;
  return [branch, ok('commits', `${counted(source.ahead, 'commit')} ahead of ${target.branch}${behind}.`)];
}

function ruleLines({ item, config, touched, elsewhere, hadBranch }: CompleteFacts): Precondition[] {
  const lines: Precondition[] = [];
  if (!config.complete.notes) lines.push(ok('notes', 'Notes are not asked for here.'));
  else if (item.notes.trim() === '') lines.push(failed('notes', 'The notes are empty: say what was done and why.', 'write-notes'));
  else lines.push(ok('notes', 'The notes are written.'));
  const { done, total } = item.checks;
  if (total === 0) lines.push(ok('checklist', 'There is no checklist.'));
  else if (done === total) lines.push(ok('checklist', `The checklist is done (${total}).`));
  else if (config.complete.checklist)
    lines.push(failed('checklist', `${counted(total - done, 'check')} of ${total} not done.`, 'finish-checklist'));
  else lines.push(warning('checklist', `${counted(total - done, 'check')} of ${total} not done.`, 'finish-checklist'));
  if (item.type === 'documentation' && hadBranch && elsewhere === undefined && touched.size > 0) {
    const isWritten = [...touched].some((path) => isDocument(path, config.changelog.folder));
    lines.push(
      isWritten ? ok('documentation', 'Documentation changes.') : warning('documentation', 'No file of the documentation changes.'),
    );
  }
  return lines;
}

function isDocument(path: string, fragments: string): boolean {
  return !path.startsWith(`${fragments}/`) && (/\.(md|mdx|rst|adoc|txt|html)$/i.test(path) || /(^|\/)docs?\//i.test(path));
}

function entryLines({ entry, config, elsewhere, source }: CompleteFacts): Precondition[] {
  if (config.changelog.required === 'off') return [ok('entry', 'A change entry is not asked for here.')];
  if (source === undefined && elsewhere === undefined) return [];
  switch (entry.state) {
    case 'present':
      return [ok('entry', `The change entry is written${entry.path === undefined ? '' : ` (${entry.path})`}.`)];
    case 'none-needed':
      return [ok('entry', 'No change entry is needed, and it says why.')];
    case 'not-required':
      return [ok('entry', 'A change entry is not needed.')];
    case 'broken':
      return [
        failed('entry', `The change entry ${entry.path ?? ''} cannot be read: ${entry.problems[0] ?? 'it is damaged'}.`, 'add-entry'),
      ];
    case 'missing':
      // What was merged elsewhere can no longer get one on its branch.
      return [
        elsewhere === undefined
          ? failed('entry', 'The change entry is missing.', 'add-entry')
          : warning('entry', 'The change entry is missing.', 'add-entry'),
      ];
  }
}

function placeLines({ source, target }: CompleteFacts): Precondition[] {
  const places = [...(source?.places ?? []), ...(target?.place === undefined ? [] : [target.place])];
  const busy = places.find(({ operation, state }) => operation !== undefined || state.unmerged.length > 0);
  const lines =
    busy === undefined
      ? [ok('operation', 'No operation is in progress.')]
      : [
          failed(
            'operation',
            `${busy.operation === undefined ? 'Files with conflicts wait' : `A ${busy.operation} is in progress`} in ${busy.root}.`,
            'finish-operation',
          ),
        ];
  if (source === undefined) return lines;
  const dirty = source.places.map((place) => ({ place, count: dirtyCount(place) })).find(({ count }) => count > 0);
  const untracked = source.places.reduce((sum, { state }) => sum + state.untracked.length, 0);
  if (dirty !== undefined) {
    lines.push(failed('worktree', `${counted(dirty.count, 'file')} of ${source.branch} not committed (${dirty.place.root}).`, 'commit'));
  } else if (untracked > 0) lines.push(warning('worktree', `${counted(untracked, 'untracked file')} will not be merged.`, 'commit'));
  else lines.push(ok('worktree', 'Everything is committed.'));
  return lines;
}

function dirtyCount({ state }: Place): number {
  return new Set([...state.staged, ...state.unstaged]).size;
}

function targetLines(facts: CompleteFacts): Precondition[] {
  const { target, missingTarget, source } = facts;
  if (target === undefined) {
    if (missingTarget !== undefined && missingTarget === source?.branch) {
      return [failed('target', `${missingTarget} is the branch itself.`, 'choose-target')];
    }
    const text = missingTarget === undefined ? 'There is no branch to merge into.' : `There is no branch ${missingTarget} to merge into.`;
    return [failed('target', text, 'choose-target')];
  }
  return [inTarget(facts, target), protectedLine(facts, target)];
}

/** A file with mistakes may have meant to protect it. */
function protectedLine({ configProblem }: CompleteFacts, { branch, isProtected }: NonNullable<CompleteFacts['target']>): Precondition {
  if (isProtected) return failed('protected', `${branch} is protected: it changes through review on the server only.`, 'choose-target');
  if (configProblem === undefined) return ok('protected', `${branch} is not protected.`);
  const { path, line, problem } = configProblem;
  return failed('protected', `It is not known whether ${branch} is protected: ${path}:${line} ${problem.replace(/\.$/, '')}.`);
}

/** Git merges beside uncommitted changes that it does not touch, but never with anything staged. */
function inTarget(
  { config, touched, item, elsewhere }: CompleteFacts,
  { branch, place }: NonNullable<CompleteFacts['target']>,
): Precondition {
  if (place === undefined) return ok('target', `It goes into ${branch}, in a temporary work tree: it is checked out nowhere.`);
  const { staged, unstaged, untracked } = place.state;
  if (staged.length > 0)
    return failed('target', `${counted(staged.length, 'file')} staged in ${place.root}, where ${branch} is.`, 'clean-target');
  const { file, folder } = config.changelog;
  const isOurs = (path: string) => path === file || path === `${folder}/${item.id}.md`;
  const hit = [...unstaged, ...untracked].find((path) => isOurs(path) || (elsewhere === undefined && touched.has(path)));
  if (hit !== undefined) return failed('target', `${hit} is not committed in ${place.root}, and the merge changes it.`, 'clean-target');
  if (unstaged.length === 0) return ok('target', `It goes into ${branch} (${place.root}).`);
  return warning('target', `${counted(unstaged.length, 'file')} of ${branch} not committed in ${place.root}; the merge leaves them alone.`);
}

function mergeLines({ prediction, elsewhere, how, target }: CompleteFacts): Precondition[] {
  if (prediction === undefined || elsewhere !== undefined || target === undefined || prediction.relation === 'merged') return [];
  if (prediction.relation === 'unrelated') return [failed('prediction', 'The branches have no common history.', 'choose-target')];
  if (how === 'fast-forward' && prediction.relation !== 'fast-forward') {
    return [failed('prediction', `${target.branch} has commits of its own: it cannot be fast-forwarded.`, 'resolve')];
  }
  if (prediction.clean) return [ok('prediction', 'It merges without conflicts.')];
  const [first] = prediction.conflicts;
  const named = first === undefined ? '' : `: ${first.path}${prediction.conflicts.length > 1 ? ' …' : ''}`;
  return [failed('prediction', `${counted(prediction.conflicts.length, 'file')} would conflict${named}.`, 'resolve')];
}

function upstreamLines({ target }: CompleteFacts): Precondition[] {
  const upstream = target?.upstream;
  if (target === undefined || upstream === undefined) return [];
  const { name, ahead, behind, rewritten } = upstream;
  if (rewritten) {
    return [failed('force-pushed', `${name} was pushed over: ${target.branch} has commits that were taken out of it.`, 'fetch')];
  }
  if (behind > 0) {
    const both = ahead > 0 ? ` and ${ahead} ahead` : '';
    return [warning('upstream', `${target.branch} is ${behind} behind${both} of ${name}: pull first.`, 'fetch')];
  }
  return [
    ok(
      'upstream',
      ahead === 0 ? `${target.branch} is as ${name}.` : `${target.branch} is ${ahead} ahead of ${name}: push it when you like.`,
    ),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
