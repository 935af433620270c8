import { discover } from '../protocol/git.ts';
import type { ResultOf } from '../protocol/message.ts';
import type { MergeHow } from '../protocol/work.ts';
import { complete, completePlan, type Precondition, resume } from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';
import { itemMeant, onlyArgument, optionOf, textOf } from './workItem.ts';

const ways: readonly MergeHow[] = ['merge', 'squash', 'fast-forward'];

type Plan = ResultOf<typeof completePlan>;

/** How to put right what stands in the way. */
const fixes: Readonly<Record<NonNullable<Precondition['fix']>, (id: number) => string>> = {
  'write-notes': (id) => `hearth work note ${id} "…"`,
  'finish-checklist': (id) => `hearth work check ${id} N`,
  'add-entry': () => 'hearth changelog add Added "…", then commit it',
  commit: () => 'hearth commit',
  'finish-operation': () => 'finish or abort what git is in the middle of (git status)',
  'clean-target': () => 'commit or stash what is changed where the target is checked out',
  'choose-target': (id) => `hearth work complete ${id} --into BRANCH`,
  resolve: () => 'merge the target into your branch and resolve the conflicts there',
  start: (id) => `hearth work start ${id}`,
  fetch: () => 'git fetch',
  resume: (id) => `hearth work complete ${id} --resume, or --undo`,
};

/** `hearth work complete`: Merge & Complete with its plan. */
export const workCompleteCommand: Command = {
  domain: 'work',
  verb: 'complete',
  usage:
    'hearth work complete [ID] [--plan] [--into BRANCH] [--how merge|squash|fast-forward] [--message TEXT|-] [--keep-branch] [--resume|--undo]',
  purpose: 'Merge & Complete: merge the branch of an item, assemble the change log, delete the branch, close the item. All or nothing.',
  examples: [
    'hearth work complete --plan',
    'hearth work complete',
    'hearth work complete 12 --how squash --into main',
    'hearth work complete 12 --resume',
  ],
  options: {
    plan: { type: 'boolean', help: 'only say what it would do and what stands in the way' },
    into: { type: 'string', value: 'BRANCH', help: 'where to (default: where it came from)' },
    how: { type: 'string', value: 'HOW', help: ways.join(', ') },
    message: { type: 'string', short: 'm', value: 'TEXT', help: 'of the merge; `-` reads standard input' },
    'keep-branch': { type: 'boolean', help: 'the branch stays' },
    'no-assemble': { type: 'boolean', help: 'leave the change entry a fragment' },
    resume: { type: 'boolean', help: 'finish one that was interrupted' },
    undo: { type: 'boolean', help: 'undo one that was interrupted' },
    yes: { type: 'boolean', help: 'do it in spite of warnings' },
  },
  run: async (context) => {
    const { options, send, output, json, locate } = context;
    const { repository } = await locate();
    const id = await itemMeant(context, repository, onlyArgument(context));
    const wanted = ['plan', 'resume', 'undo'].filter((name) => options[name] === true);
    if (wanted.length > 1) throw new UsageFailure(`Say one of ${wanted.map((name) => `--${name}`).join(' and ')}.`);
    if (options['resume'] === true || options['undo'] === true) return goOn(context, repository, id);
    const [into, given] = [optionOf(options, 'into'), howOf(context)];
    const plan = await send(completePlan, {
      repository,
      id,
      ...(into === undefined ? {} : { into }),
      ...(given === undefined ? {} : { how: given }),
    });
    if (options['plan'] === true) {
      if (json) await output.json(plan);
      else await output.write(planText(plan, id, context));
      return plan.ready ? 0 : 1;
    }
    const warned = plan.preconditions.some(({ state }) => state === 'warning') && options['yes'] !== true;
    if (!plan.ready || warned) {
      if (json) await output.json(plan);
      else await output.write(planText(plan, id, context));
      throw new Failure('precondition', plan.ready ? `There are warnings about #${id}.` : `#${id} cannot be completed yet.`, {
        hint: plan.ready ? '`--yes` completes it all the same; nothing was changed.' : 'Nothing was changed.',
      });
    }
    const message = optionOf(options, 'message');
    const before = await branchIn(context, repository);
    const { source, target } = plan;
    const done = await send(complete, {
      repository,
      id,
      how: given ?? plan.how,
      ...(into === undefined ? {} : { into }),
      ...(message === undefined ? {} : { message: await textOf(message) }),
      deleteBranch: options['keep-branch'] !== true,
      assemble: options['no-assemble'] !== true,
      // What the plan was made of: whatever moved since is said, not merged.
      ...(source === undefined || target === undefined ? {} : { expected: { source: source.commit, target: target.commit } }),
    });
    if (json) return output.json(done).then(() => 0);
    for (const line of doneLines(done, output.style.bind(output))) await output.line(line);
    const now = await branchIn(context, repository);
    if (now !== undefined && now !== before) await output.line(`You are on ${output.style('green', oneLine(now))} now.`);
    return 0;
  },
};

/** The branch that is checked out. */
async function branchIn({ send }: CommandContext, repository: string): Promise<string | undefined> {
  const { head } = (await send(discover, { path: repository })).repository;
  return head.state === 'branch' ? head.branch : undefined;
}

async function goOn(context: CommandContext, repository: string, id: number): Promise<number> {
  const done = await context.send(resume, { repository, id, action: context.options['undo'] === true ? 'undo' : 'finish' });
  if (context.json) await context.output.json(done);
  else await context.output.line(done.outcome === 'completed' ? `Finished: #${id} is done.` : `Undone: #${id} is as it was before.`);
  return 0;
}

function howOf({ options }: CommandContext): MergeHow | undefined {
  const given = optionOf(options, 'how');
  if (given === undefined) return undefined;
  const found = ways.find((each) => each === given || (each === 'fast-forward' && given === 'ff'));
  if (found === undefined) throw new UsageFailure(`There is no way "${given}".`, `There are: ${ways.join(', ')}.`);
  return found;
}

/** Each precondition with its mark and the way to put it right, then what would be done. */
function planText(
  { preconditions, source, target, how, ready, prediction, interrupted, elsewhere }: Plan,
  id: number,
  { output }: CommandContext,
): string {
  const marks = { ok: output.style('green', '✓'), failed: output.style('red', '✗'), warning: output.style('yellow', '!') };
  const lines = preconditions.flatMap(({ state, text, fix }) => [
    `${marks[state]} ${oneLine(text)}`,
    ...(state === 'ok' || fix === undefined ? [] : [`    ${output.style('dim', `→ ${fixes[fix](id)}`)}`]),
  ]);
  for (const { path, kind } of prediction?.conflicts ?? [])
    lines.push(`    ${output.style('red', 'conflict')} ${oneLine(path)} (${oneLine(kind)})`);
  if (interrupted !== undefined)
    lines.push(`A Merge & Complete ${interrupted.running ? 'is on its way' : 'was interrupted'} at: ${oneLine(interrupted.step)}`);
  if (source !== undefined && target !== undefined) {
    const commits = `${source.ahead} ${source.ahead === 1 ? 'commit' : 'commits'}`;
    const merge =
      elsewhere === undefined
        ? `${how}: ${commits} of ${oneLine(source.branch)} into ${oneLine(target.branch)}`
        : `${oneLine(source.branch)} is in ${oneLine(target.branch)} already: only the rest is done`;
    lines.push('', `${merge}${ready ? '' : output.style('dim', ' (not yet)')}`);
  }
  return `${lines.join('\n')}\n`;
}

function doneLines(
  { item, how, commit, into, branchDeleted, ahead }: ResultOf<typeof complete>,
  style: CommandContext['output']['style'],
): string[] {
  const where = into === undefined ? '' : ` into ${oneLine(into)}`;
  const at = commit === undefined ? '' : ` as ${style('yellow', commit.slice(0, 10))}`;
  const merged =
    how === 'none' ? '' : how === 'elsewhere' ? `, was in ${oneLine(into ?? 'its target')} already` : `, merged${where} (${how})${at}`;
  return [
    `Done: ${style('yellow', `#${item.id}`)} ${oneLine(item.title)}${merged}`,
    ...(branchDeleted === undefined ? [] : [`Deleted branch ${oneLine(branchDeleted)}`]),
    ...(ahead === undefined || ahead.commits === 0
      ? []
      : [`${ahead.commits} ${ahead.commits === 1 ? 'commit waits' : 'commits wait'} to be pushed to ${oneLine(ahead.upstream)}.`]),
  ];
}
