import { l10n, type QuickPickItem, Range, Uri, window } from 'vscode';
import {
  type CatalogEntry,
  linkKinds,
  removeService,
  type ServiceFacts,
  saveService,
  serviceTypes,
} from '../../server/protocol/catalog.ts';
import { configUri } from '../config/configPath.ts';
import { given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { type CatalogTarget, textOf } from '../monitor/monitorTargets.ts';
import { needTrust, pickCatalogService, type Watching } from '../monitor/pickMonitor.ts';
import { projectOf } from '../project/projectOf.ts';
import { withoutIcons } from '../ui/iconText.ts';

type Facts = ServiceFacts;

const lifeCycles = ['experimental', 'production', 'deprecated', 'retired'] as const;

/** *Add Service…*: one that is not deployed from here. Answers its entry. */
export async function addService({ shell, states }: Watching, argument: unknown): Promise<CatalogEntry | undefined> {
  needTrust();
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const taken = new Set((await states.ask(repository)).services.map(({ entry }) => entry.name));
  const name =
    textOf(given(argument)['name']) ??
    (await window.showInputBox({
      title: l10n.t('Add Service'),
      prompt: l10n.t('Its name'),
      placeHolder: 'payments',
      validateInput: (text) => {
        if (taken.has(text)) return l10n.t('There is one of that name already.');
        return /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(text) ? undefined : l10n.t('Lower case letters, digits and "-", at most 30.');
      },
    }));
  if (name === undefined) return undefined;
  const facts = factsIn(argument) ?? (await askFacts({}, name, [...taken]));
  if (facts === undefined) return undefined;
  const change = textOf(given(argument)['change']) ?? (await askChange(l10n.t('Why is it in the catalog now?')));
  if (change === undefined) return undefined;
  if ((await projectOf(shell, repository)).kind === 'cancelled') return undefined;
  const { entry } = await shell.server.send(saveService, { repository, name, facts, change, seen: null });
  states.ask(repository).catch(() => {});
  return entry;
}

/** *Edit Service…*: what a person wrote of it, and a sentence that says why. One of `hearth.yaml` is opened there. */
export async function editService(watching: Watching, argument: unknown): Promise<CatalogEntry | undefined> {
  needTrust();
  const { shell, states } = watching;
  const target = await pickCatalogService(watching, argument, {
    placeHolder: l10n.t('Edit which service?'),
    none: l10n.t('The catalog has no service yet.'),
  });
  const entry = target === undefined ? undefined : await entryOf(watching, target);
  if (target === undefined || entry === undefined) return undefined;
  if (entry.source === 'file' && entry.orphan === null) {
    const { file, line: found } = entry.detected ?? { file: undefined, line: entry.line ?? 1 };
    const line = Math.max(0, found - 1);
    const config = configUri(target.repository);
    await window.showTextDocument(file === undefined ? config : Uri.joinPath(config, '..', file), {
      selection: new Range(line, 0, line, 0),
    });
    return undefined;
  }
  const others = (await states.get(target.repository)).services.map(({ entry: each }) => each.name).filter((name) => name !== entry.name);
  const facts = factsIn(argument) ?? (await askFacts(writtenOf(entry), entry.name, others));
  if (facts === undefined) return undefined;
  const change = textOf(given(argument)['change']) ?? (await askChange(l10n.t('What changed, and why?')));
  if (change === undefined) return undefined;
  const saved = await shell.server.send(saveService, {
    repository: target.repository,
    name: entry.name,
    facts,
    change,
    seen: entry.updated,
  });
  states.ask(target.repository).catch(() => {});
  return saved.entry;
}

/** *Remove Service…*: one that was added by hand, or an orphan. Answers whether it is gone. */
export async function removeFromCatalog(watching: Watching, argument: unknown): Promise<boolean | undefined> {
  needTrust();
  const { shell, states } = watching;
  const target = await pickCatalogService(watching, argument, {
    placeHolder: l10n.t('Remove which service?'),
    fits: ({ entry }) => entry.source === 'manual' || entry.orphan !== null,
    none: l10n.t('Only services that were added by hand, or that hearth.yaml does not have any more, can be removed.'),
  });
  if (target === undefined) return undefined;
  const change = textOf(given(argument)['change']) ?? (await askChange(l10n.t('Why is it removed?')));
  if (change === undefined) return undefined;
  const wanted = await shell.confirm.wanted({
    message: l10n.t('Remove {0} from the catalog?', oneLine(target.service)),
    detail: l10n.t('Its entry, owner and links are gone; monitors and incidents stay. Nothing that runs is stopped.'),
    action: l10n.t('Remove'),
  });
  if (!wanted) return undefined;
  const { removed } = await shell.server.send(removeService, {
    repository: target.repository,
    name: target.service,
    change,
    confirmed: true,
  });
  states.ask(target.repository).catch(() => {});
  return removed;
}

async function entryOf({ states }: Watching, { repository, service }: CatalogTarget): Promise<CatalogEntry | undefined> {
  return (await states.ask(repository)).services.find(({ entry }) => entry.name === service)?.entry;
}

/** What a person wrote of it, as it is saved. */
function writtenOf({ type, owner, lifecycle: life, description, links, runbook, dependsOn }: CatalogEntry): Facts {
  return {
    type,
    lifecycle: life,
    ...(owner === null ? {} : { owner }),
    ...(description === null ? {} : { description }),
    ...(runbook === null ? {} : { runbook }),
    ...(links.length === 0 ? {} : { links }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
  };
}

function factsIn(argument: unknown): Facts | undefined {
  const { facts } = given(argument);
  return typeof facts === 'object' && facts !== null ? (facts as Facts) : undefined;
}

interface Field extends QuickPickItem {
  readonly ask: (() => Promise<Facts | undefined>) | undefined;
}

/** A list of what can be said; each is asked when it is picked, until "Save" is. */
async function askFacts(from: Facts, name: string, others: readonly string[]): Promise<Facts | undefined> {
  let facts = from;
  for (;;) {
    const none = l10n.t('not said');
    const row = (label: string, value: string | undefined, ask: () => Promise<Facts | undefined>): Field => ({
      label,
      description: withoutIcons(oneLine(value ?? none)),
      ask,
    });
    const text = (key: 'owner' | 'description' | 'runbook', prompt: string) => async (): Promise<Facts | undefined> => {
      const typed = await window.showInputBox({ prompt, value: facts[key] ?? '' });
      if (typed === undefined) return facts;
      const { [key]: _, ...rest } = facts;
      return typed.trim() === '' ? rest : { ...rest, [key]: typed.trim() };
    };
    const fields: Field[] = [
      { label: `$(check) ${l10n.t('Save')}`, ask: undefined },
      row(l10n.t('Type'), facts.type, async () => ({ ...facts, ...(await pickOne('type', serviceTypes, facts.type)) })),
      row(l10n.t('Owner'), facts.owner, text('owner', l10n.t('Who answers for it: a person or a team'))),
      row(l10n.t('Life cycle'), facts.lifecycle, async () => ({
        ...facts,
        ...(await pickOne('lifecycle', lifeCycles, facts.lifecycle)),
      })),
      row(l10n.t('Description'), facts.description, text('description', l10n.t('What it is for, in a sentence'))),
      row(l10n.t('Runbook'), facts.runbook, text('runbook', l10n.t('A path in the repository, or an address'))),
      row(l10n.t('Needs'), facts.dependsOn?.join(', '), async () => askNeeds(facts, others)),
      row(l10n.t('Links'), facts.links?.map(({ title }) => title).join(', '), () => askLinks(facts)),
    ];
    const picked = await window.showQuickPick(fields, { title: oneLine(name), placeHolder: l10n.t('What shall be said of it?') });
    if (picked === undefined) return undefined;
    if (picked.ask === undefined) return facts;
    facts = (await picked.ask()) ?? facts;
  }
}

async function pickOne<K extends 'type' | 'lifecycle'>(
  key: K,
  values: readonly NonNullable<Facts[K]>[],
  current: Facts[K],
): Promise<Pick<Facts, K>> {
  const items = values.map((value) => ({ label: String(value), ...(value === current ? { description: l10n.t('now') } : {}), value }));
  const picked = await window.showQuickPick(items);
  return (picked === undefined ? {} : { [key]: picked.value }) as Pick<Facts, K>;
}

async function askNeeds(facts: Facts, others: readonly string[]): Promise<Facts> {
  const { dependsOn = [], ...rest } = facts;
  const items = [...new Set([...others, ...dependsOn])].map((name) => ({
    label: withoutIcons(oneLine(name)),
    picked: dependsOn.includes(name),
    name,
  }));
  const picked = await window.showQuickPick(items, { canPickMany: true, placeHolder: l10n.t('What does it need to work?') });
  if (picked === undefined) return facts;
  return picked.length === 0 ? rest : { ...rest, dependsOn: picked.map(({ name }) => name) };
}

/** Adds one; picking one that is there removes it. */
async function askLinks(facts: Facts): Promise<Facts> {
  const { links = [], ...rest } = facts;
  const add = { label: `$(add) ${l10n.t('Add Link…')}`, at: -1 };
  const rows = links.map(({ title, url }, at) => ({
    label: withoutIcons(oneLine(title)),
    description: l10n.t('remove'),
    detail: oneLine(url),
    at,
  }));
  const picked = await window.showQuickPick([add, ...rows], { placeHolder: l10n.t('Links: dashboards, documents, logs') });
  if (picked === undefined) return facts;
  if (picked.at >= 0) {
    const left = links.filter((_, at) => at !== picked.at);
    return left.length === 0 ? rest : { ...rest, links: left };
  }
  const url = await window.showInputBox({
    prompt: l10n.t('An address, or a path in the repository'),
    placeHolder: 'https://grafana.example.test/d/shop',
  });
  if (url === undefined || url.trim() === '') return facts;
  const title = await window.showInputBox({ prompt: l10n.t('What is it called?'), value: nameOfAddress(url.trim()) });
  if (title === undefined || title.trim() === '') return facts;
  const kind = await window.showQuickPick([...linkKinds], { placeHolder: l10n.t('What is it?') });
  const found = linkKinds.find((each) => each === kind);
  return found === undefined ? facts : { ...rest, links: [...links, { title: title.trim(), url: url.trim(), kind: found }] };
}

function nameOfAddress(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return url.split('/').at(-1) ?? url;
  }
}

function askChange(prompt: string): Thenable<string | undefined> {
  return window.showInputBox({
    title: l10n.t('What changed'),
    prompt,
    validateInput: (text) => {
      if (text.trim().length < 3) return l10n.t('A sentence, please: it is kept in the history.');
      return text.trim().length > 500 ? l10n.t('At most 500 characters.') : undefined;
    },
  });
}
