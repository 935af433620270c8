import { l10n, ProgressLocation, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import type { InputOf, ResultOf } from '../../server/protocol/message.ts';
import { start, startPlan } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { asRequestFailure, RequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { needTrust } from './pickItem.ts';
import type { ItemTarget } from './workNodes.ts';
import { reference } from './workWords.ts';

type Plan = ResultOf<typeof startPlan>;
type Started = ResultOf<typeof start>;

/** Answers that a caller has already; the rest is asked. */
export interface StartAnswers {
  readonly branch?: string;
  readonly adopt?: boolean;
  readonly base?: string;
  readonly changes?: 'carry' | 'stash';
}

/** Start Work: which branch, from where, and what happens to uncommitted changes; each asked only where the answer is not obvious. */
export async function startWork(shell: Shell, target: ItemTarget, answers: StartAnswers = {}): Promise<Started | undefined> {
  needTrust();
  const plan = await shell.server.send(startPlan, { ...target, ...(answers.branch === undefined ? {} : { branch: answers.branch }) });
  if (plan.blocked !== undefined) throw new RequestFailure('precondition', plan.blocked);
  const branch =
    answers.branch === undefined ? await pickBranch(shell, target, plan) : { name: answers.branch, adopt: answers.adopt ?? false };
  if (branch === undefined) return undefined;
  const base = branch.adopt ? undefined : (answers.base ?? (await pickBase(plan, answers.branch !== undefined)));
  if (base === 'left') return undefined;
  const changes = answers.changes ?? (await pickChanges(plan, isHere(shell, target, branch, base)));
  if (changes === undefined) return undefined;
  return run(shell, {
    ...target,
    branch: branch.name,
    adopt: branch.adopt,
    changes,
    ...(base === undefined ? {} : { base }),
  });
}

/** Checks out the branch that an item has. */
export async function switchToBranch(
  shell: Shell,
  target: ItemTarget,
  branch: string,
  { changes }: StartAnswers,
): Promise<Started | undefined> {
  return startWork(shell, target, { branch, adopt: true, ...(changes === undefined ? {} : { changes }) });
}

async function run(shell: Shell, params: InputOf<typeof start>): Promise<Started> {
  const title = l10n.t('Starting work on #{0}', params.id);
  const started = await window.withProgress({ location: ProgressLocation.Window, title }, () => shell.server.send(start, params));
  const { item, branch, created, stashed } = started;
  const sentence = created
    ? l10n.t('Work on {0} has started on the new branch {1}.', reference(item), branch)
    : l10n.t('Work on {0} goes on on {1}.', reference(item), branch);
  if (stashed) void window.showInformationMessage(withoutLinks(`${sentence} ${l10n.t('Your changes are in a stash.')}`));
  else window.setStatusBarMessage(withoutIcons(sentence), 6000);
  return started;
}

interface BranchChoice {
  readonly name: string;
  readonly adopt: boolean;
}

interface BranchPick extends QuickPickItem {
  readonly choice?: BranchChoice;
}

/** Existing branches that fit, or a new one whose name can be typed; the server says what is wrong with a name. */
function pickBranch(shell: Shell, target: ItemTarget, plan: Plan): Promise<BranchChoice | undefined> {
  const pick = window.createQuickPick<BranchPick>();
  pick.title = l10n.t('Start Work on #{0}', target.id);
  pick.placeholder = l10n.t('The branch: an existing one, or a name for a new one');
  const adopted = (why: readonly string[]): BranchPick[] =>
    plan.adopt
      .filter((each) => why.includes(each.why))
      .map(({ branch, why: reason, item }) => ({
        label: withoutIcons(branch),
        description: withoutIcons(adoptWords(reason, item)),
        iconPath: new ThemeIcon('git-branch'),
        alwaysShow: true,
        choice: { name: branch, adopt: true },
      }));
  const show = (name: string, problem: string | undefined): void => {
    const fresh: BranchPick = {
      label: withoutIcons(name),
      description: problem === undefined ? l10n.t('new branch') : '',
      ...(problem === undefined ? {} : { detail: withoutIcons(problem) }),
      iconPath: new ThemeIcon(problem === undefined ? 'add' : 'warning'),
      alwaysShow: true,
      ...(problem === undefined ? { choice: { name, adopt: false } } : {}),
    };
    const fitting = adopted(['linked', 'name']);
    const current = adopted(['current']);
    pick.items = [
      ...fitting,
      ...(fitting.length > 0 ? [{ label: l10n.t('New branch'), kind: QuickPickItemKind.Separator }] : []),
      fresh,
      ...(current.length > 0 ? [{ label: l10n.t('Checked out'), kind: QuickPickItemKind.Separator }, ...current] : []),
    ];
    // What was typed is what is meant.
    if (pick.value.trim() !== '') pick.activeItems = [fresh];
  };
  show(plan.branch, plan.problem);
  let asked = 0;
  const check = async (): Promise<void> => {
    const wanted = pick.value.trim();
    const question = ++asked;
    if (wanted === '') return show(plan.branch, plan.problem);
    pick.busy = true;
    const found = await shell.server.send(startPlan, { ...target, branch: wanted }).catch((error: unknown) => ({
      branch: wanted,
      problem: asRequestFailure(error).message,
    }));
    if (question !== asked) return;
    pick.busy = false;
    show(found.branch, found.problem);
  };
  return new Promise((done) => {
    pick.onDidChangeValue(() => void check());
    pick.onDidAccept(() => {
      const choice = pick.selectedItems[0]?.choice;
      if (choice === undefined || pick.busy) return;
      done(choice);
      pick.hide();
    });
    pick.onDidHide(() => {
      done(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function adoptWords(why: Plan['adopt'][number]['why'], item: number | undefined): string {
  switch (why) {
    case 'linked':
      return l10n.t('the branch of this item');
    case 'name':
      return l10n.t('existing branch, named after this item');
    case 'current':
      return item === undefined ? l10n.t('the branch that is checked out') : l10n.t('checked out, belongs to #{0}', item);
  }
}

/** `left` when the user turned away; undefined when the server's first choice is the only one. */
async function pickBase({ bases }: Plan, quiet: boolean): Promise<string | 'left' | undefined> {
  const [first] = bases;
  const names = new Set(bases.map(({ revision }) => revision));
  if (quiet || first === undefined || names.size === 1) return first?.revision;
  const words = { current: l10n.t('checked out'), default: l10n.t('the main line'), remote: l10n.t('as the remote has it') };
  const items = bases.map(({ revision, why }) => ({ label: withoutIcons(revision), description: words[why], revision }));
  const picked = await window.showQuickPick(items, { placeHolder: l10n.t('Start the branch from…') });
  return picked?.revision ?? 'left';
}

/** Whether the branch begins, or is, where the work tree stands: uncommitted changes come along anyway. */
function isHere(shell: Shell, { repository }: ItemTarget, branch: BranchChoice, base: string | undefined): boolean {
  const head = shell.repositories.all.find(({ root }) => root === repository)?.head;
  const wanted = branch.adopt ? branch.name : base;
  return wanted !== undefined && (wanted === head?.branch || (!branch.adopt && wanted === head?.commit));
}

/** Asked only when there are changes that the switch could touch. */
async function pickChanges(plan: Plan, here: boolean): Promise<'carry' | 'stash' | undefined> {
  if (plan.dirty === 0 || here) return 'carry';
  const carry = {
    label: l10n.t('Take them along'),
    description: l10n.t('git refuses when they are in the way'),
    iconPath: new ThemeIcon('arrow-right'),
    value: 'carry' as const,
  };
  const stash = {
    label: l10n.t('Put them into a stash'),
    description: l10n.t('they stay with the branch that is checked out'),
    iconPath: new ThemeIcon('archive'),
    value: 'stash' as const,
  };
  const placeHolder =
    plan.dirty === 1 ? l10n.t('One file has uncommitted changes.') : l10n.t('{0} files have uncommitted changes.', plan.dirty);
  return (await window.showQuickPick([carry, stash], { placeHolder }))?.value;
}
