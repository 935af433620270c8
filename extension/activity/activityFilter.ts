import { l10n, type QuickPickItem, window } from 'vscode';
import type { list as listEvents } from '../../server/protocol/events.ts';
import type { InputOf } from '../../server/protocol/message.ts';
import type { Project } from '../../server/protocol/project.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { momentOf } from './eventDays.ts';
import { kindName, knownKindNames } from './eventWords.ts';

/** What of the log is shown. Each part left out means everything. */
export interface ActivityFilter {
  readonly project?: Pick<Project, 'id' | 'name'>;
  /** As `kindOf` names it. */
  readonly kind?: string;
  readonly text?: string;
  /** Milliseconds since the epoch, and how the user said it. */
  readonly since?: { readonly time: number; readonly words: string };
}

export function isFiltered(filter: ActivityFilter): boolean {
  return Object.keys(filter).length > 0;
}

export function questionOf({ project, kind, text, since }: ActivityFilter): InputOf<typeof listEvents> {
  return {
    ...(project === undefined ? {} : { project: project.id }),
    ...(kind === undefined ? {} : entityAndKind(kind)),
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { since: since.time }),
  };
}

function entityAndKind(name: string): { entity: string; kind: string } {
  const [entity = '', kind = ''] = name.split(' ');
  return { entity, kind };
}

/** The filter in a few words, for the title of the view. */
export function describeFilter({ project, kind, text, since }: ActivityFilter): string {
  return [
    ...(project === undefined ? [] : [project.name]),
    ...(kind === undefined ? [] : [kindName(kind)]),
    ...(text === undefined ? [] : [`“${oneLine(text)}”`]),
    ...(since === undefined ? [] : [l10n.t('since {0}', since.words)]),
  ].join(' · ');
}

/** What there is to choose from. */
interface Choices {
  /** Of this window's repositories first, then the others. */
  readonly here: readonly Project[];
  readonly others: readonly Project[];
  /** Kinds of the rows that are shown. */
  readonly kinds: readonly string[];
}

interface Choice<T> extends QuickPickItem {
  readonly value: T;
}

/** Asks which part of the filter to change and for its new value; undefined when the user leaves. */
export async function pickFilter(filter: ActivityFilter, choices: () => Promise<Choices>): Promise<ActivityFilter | undefined> {
  const { project, kind, text, since, ...rest } = filter;
  const any = l10n.t('any');
  const parts: Choice<() => Promise<ActivityFilter | undefined>>[] = [
    {
      label: `$(repo) ${l10n.t('Project')}`,
      description: project?.name ?? any,
      value: async () => {
        const picked = await pickProject(await choices());
        return picked && { ...filterWithout(filter, 'project'), ...(picked.value === undefined ? {} : { project: picked.value }) };
      },
    },
    {
      label: `$(list-filter) ${l10n.t('Kind')}`,
      description: kind === undefined ? any : kindName(kind),
      value: async () => {
        const picked = await pickKind(await choices());
        return picked && { ...filterWithout(filter, 'kind'), ...(picked.value === undefined ? {} : { kind: picked.value }) };
      },
    },
    {
      label: `$(search) ${l10n.t('Text')}`,
      description: text === undefined ? any : withoutIcons(oneLine(text)),
      value: async () => {
        const typed = await window.showInputBox({ prompt: l10n.t('Show what contains this text (empty: everything)'), value: text ?? '' });
        return typed === undefined
          ? undefined
          : { ...filterWithout(filter, 'text'), ...(typed.trim() === '' ? {} : { text: typed.trim() }) };
      },
    },
    {
      label: `$(calendar) ${l10n.t('Since')}`,
      description: since?.words ?? any,
      value: async () => {
        const picked = await pickSince();
        return picked && { ...filterWithout(filter, 'since'), ...(picked.value === undefined ? {} : { since: picked.value }) };
      },
    },
    ...(isFiltered(filter) ? [{ label: `$(clear-all) ${l10n.t('Clear Filter')}`, value: async () => rest }] : []),
  ];
  const part = await window.showQuickPick(parts, { placeHolder: l10n.t('Show only activity of…') });
  return part?.value();
}

function filterWithout(filter: ActivityFilter, part: keyof ActivityFilter): ActivityFilter {
  const { [part]: _, ...rest } = filter;
  return rest;
}

function pickProject({ here, others }: Choices): Thenable<Choice<Project | undefined> | undefined> {
  const item = (project: Project, description: string): Choice<Project> => ({ label: project.name, description, value: project });
  return window.showQuickPick<Choice<Project | undefined>>(
    [
      { label: l10n.t('All projects'), value: undefined },
      ...here.map((project) => item(project, l10n.t('this window'))),
      ...others.map((project) => item(project, withoutIcons(project.remote ?? ''))),
    ],
    { placeHolder: l10n.t('Activity of which project?') },
  );
}

function pickKind({ kinds }: Choices): Thenable<Choice<string | undefined> | undefined> {
  const names = [...new Set([...kinds, ...knownKindNames()])];
  return window.showQuickPick<Choice<string | undefined>>(
    [{ label: l10n.t('Any kind'), value: undefined }, ...names.map((kind) => ({ label: kindName(kind), description: kind, value: kind }))],
    { placeHolder: l10n.t('Activity of which kind?'), matchOnDescription: true },
  );
}

type Since = NonNullable<ActivityFilter['since']>;

async function pickSince(): Promise<Choice<Since | undefined> | undefined> {
  const now = Date.now();
  const day = 86_400_000;
  const today = new Date(now).setHours(0, 0, 0, 0);
  const at = (label: string, words: string, time: number): Choice<Since> => ({ label, value: { time, words } });
  const other: Choice<Since | undefined> = { label: l10n.t('Another Time…'), value: undefined };
  const picked = await window.showQuickPick<Choice<Since | undefined>>(
    [
      { label: l10n.t('Any time'), value: undefined },
      at(l10n.t('Today'), l10n.t('today'), today),
      at(l10n.t('Last 7 days'), l10n.t('7 days ago'), now - 7 * day),
      at(l10n.t('Last 30 days'), l10n.t('30 days ago'), now - 30 * day),
      other,
    ],
    { placeHolder: l10n.t('Activity since when?') },
  );
  if (picked !== other) return picked;
  const typed = await window.showInputBox({
    prompt: l10n.t('A date (2026-11-01, 2026-11-01 14:30) or a span (90m, 2 hours, 3 days)'),
    validateInput: (value) => (momentOf(value, Date.now()) === undefined ? l10n.t('Neither a date nor a span of time.') : undefined),
  });
  const time = typed === undefined ? undefined : momentOf(typed, Date.now());
  return typed === undefined || time === undefined ? undefined : { label: typed, value: { time, words: typed.trim() } };
}
