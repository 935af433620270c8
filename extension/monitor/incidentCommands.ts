import { l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { type Incident, incidentStates, listIncidents, openIncident, postmortem, updateIncident } from '../../server/protocol/incident.ts';
import type { InputOf } from '../../server/protocol/message.ts';
import { openTarget } from '../catalog/openLink.ts';
import { given, namesOf } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { CommandTable } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { IncidentPanels } from './incidentPanels.ts';
import { type IncidentTarget, textOf } from './monitorTargets.ts';
import { incidentNumber, incidentStateName, isOpen, severityName } from './monitorWords.ts';
import { needTrust, pickIncident, type Watching } from './pickMonitor.ts';
import { showSuspects } from './suspects.ts';

/** Commands of incidents. Each takes a row of the view, a name (`{repository, incident}`), or asks. */
export function incidentCommands(watching: Watching, panels: IncidentPanels): CommandTable {
  return {
    'hearth.incident.open': async (argument: unknown) => {
      const target = await pickOf(watching, argument, l10n.t('Open which incident?'), 'all');
      if (target !== undefined) panels.open(target);
    },
    'hearth.incident.declare': async (argument: unknown) => {
      const made = await declare(watching, argument);
      if (made !== undefined) panels.open({ repository: made.repository, incident: made.incident.id });
      return made?.incident;
    },
    'hearth.incident.acknowledge': async (argument: unknown) => {
      const target = await pickOf(watching, argument, l10n.t('Acknowledge which incident?'), ({ acknowledged }) => acknowledged === null);
      return target === undefined ? undefined : change(watching, target, { acknowledge: true });
    },
    'hearth.incident.resolve': (argument: unknown) => resolve(watching, argument),
    'hearth.incident.setState': (argument: unknown) => setState(watching, argument),
    'hearth.incident.note': async (argument: unknown) => {
      const target = await pickOf(watching, argument, l10n.t('A note to which incident?'), 'open');
      if (target === undefined) return undefined;
      const note = textOf(given(argument)['note']) ?? (await askNote());
      return note === undefined ? undefined : change(watching, target, { note });
    },
    'hearth.incident.postmortem': (argument: unknown) => writePostmortem(watching, argument),
    'hearth.incident.suspects': async (argument: unknown) => {
      const target = await pickOf(watching, argument, l10n.t('Suspects of which incident?'), 'all');
      return target === undefined ? undefined : showSuspects(watching.shell, target);
    },
    'hearth.incident.openRunbook': async (argument: unknown) => {
      const target = await pickOf(watching, argument, l10n.t('Runbook of which incident?'), ({ runbook }) => runbook !== null);
      const found = target === undefined ? undefined : await incidentAt(watching, target);
      if (target === undefined || found?.runbook == null) return undefined;
      return openTarget(target.repository, found.runbook, 'runbook');
    },
  };
}

const severities = ['critical', 'major', 'minor'] as const;

type Which = 'open' | 'all' | ((incident: Incident) => boolean);

function pickOf(
  watching: Watching,
  argument: unknown,
  placeHolder: string,
  which: Which,
  always = false,
): Promise<IncidentTarget | undefined> {
  const { server } = watching.shell;
  return pickIncident(watching, argument, {
    placeHolder,
    always,
    incidents: async (repository) => {
      const { incidents } = await server.send(listIncidents, { repository, open: which !== 'all', limit: 200 });
      return typeof which === 'function' ? incidents.filter(which) : incidents;
    },
    none: which === 'all' ? l10n.t('There was no incident yet.') : l10n.t('There is no such incident open.'),
  });
}

async function incidentAt({ shell }: Watching, { repository, incident }: IncidentTarget): Promise<Incident | undefined> {
  const { incidents } = await shell.server.send(listIncidents, { repository, limit: 1000 });
  return incidents.find((each) => each.id === incident || incidentNumber(each) === incident);
}

async function change(
  { shell, states }: Watching,
  target: IncidentTarget,
  update: Omit<InputOf<typeof updateIncident>, 'repository' | 'incident'>,
): Promise<Incident> {
  const { incident } = await shell.server.send(updateIncident, { ...target, ...update });
  states.ask(target.repository).catch(() => {});
  return incident;
}

/** *Declare Incident…*: by hand, what no monitor sees. */
async function declare({ shell, states }: Watching, argument: unknown): Promise<{ repository: string; incident: Incident } | undefined> {
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const { services } = await states.ask(repository);
  const title =
    textOf(given(argument)['title']) ??
    (await window.showInputBox({
      title: l10n.t('Declare Incident'),
      prompt: l10n.t('What is broken, as a user sees it?'),
      placeHolder: l10n.t('Orders cannot be paid'),
      validateInput: (text) => (text.length > 300 ? l10n.t('At most 300 characters.') : undefined),
    }));
  if (title === undefined || title.trim() === '') return undefined;
  const how = severities.find((each) => each === given(argument)['severity']) ?? (await askSeverity());
  if (how === undefined) return undefined;
  const { services: listed } = given(argument);
  const named = Array.isArray(listed) ? (namesOf(listed) ?? []) : await askServices(services.map(({ entry }) => entry.name));
  if (named === undefined) return undefined;
  const { incident } = await shell.server.send(openIncident, { repository, title: title.trim(), severity: how, services: named });
  states.ask(repository).catch(() => {});
  return { repository, incident };
}

async function askSeverity(): Promise<Incident['severity'] | undefined> {
  const items: (QuickPickItem & { value: Incident['severity'] })[] = [
    { label: severityName('major'), description: l10n.t('a part does not work, or not for everybody'), value: 'major' },
    { label: severityName('critical'), description: l10n.t('nobody can work'), value: 'critical' },
    { label: severityName('minor'), description: l10n.t('there is a way around'), value: 'minor' },
  ];
  return (await window.showQuickPick(items, { placeHolder: l10n.t('How bad is it?') }))?.value;
}

async function askServices(names: readonly string[]): Promise<string[] | undefined> {
  if (names.length === 0) return [];
  const items = names.map((name) => ({ label: withoutIcons(oneLine(name)), name }));
  const picked = await window.showQuickPick(items, {
    placeHolder: l10n.t('Which services? The first is where it began.'),
    canPickMany: true,
  });
  return picked?.map(({ name }) => name);
}

/** *Resolve Incident…*: asks when something of it is down still. Answers the incident. */
async function resolve(watching: Watching, argument: unknown): Promise<Incident | undefined> {
  const target = await pickOf(watching, argument, l10n.t('Resolve which incident?'), 'open', true);
  if (target === undefined) return undefined;
  const known = await incidentAt(watching, target);
  const down = (known?.monitors ?? []).filter(({ recovered }) => recovered === null).map(({ name }) => oneLine(name));
  if (known !== undefined && down.length > 0) {
    const wanted = await watching.shell.confirm.wanted({
      message: l10n.t('Resolve {0}, although something is down?', incidentNumber(known)),
      detail: l10n.t('Still down: {0}. When it goes down again, a new incident begins.', down.join(', ')),
      action: l10n.t('Resolve'),
    });
    if (!wanted) return undefined;
  }
  return change(watching, target, { state: 'resolved' });
}

/** *Set State of Incident…*: going back to the beginning says why. */
async function setState(watching: Watching, argument: unknown): Promise<Incident | undefined> {
  const target = await pickOf(watching, argument, l10n.t('State of which incident?'), 'open');
  if (target === undefined) return undefined;
  const known = await incidentAt(watching, target);
  const named = incidentStates.find((each) => each === given(argument)['state']);
  const items = incidentStates
    .filter((each) => each !== known?.state)
    .map((each) => ({ label: incidentStateName(each), iconPath: new ThemeIcon('circle-large-outline'), value: each }));
  const state = named ?? (await window.showQuickPick(items, { placeHolder: l10n.t('What is known by now?') }))?.value;
  if (state === undefined) return undefined;
  const back = state === 'investigating' && known !== undefined && isOpen(known);
  const note = textOf(given(argument)['note']) ?? (back ? await askNote() : undefined);
  if (back && note === undefined) return undefined;
  return change(watching, target, { state, ...(note === undefined ? {} : { note }) });
}

async function askNote(): Promise<string | undefined> {
  const text = await window.showInputBox({
    prompt: l10n.t('What was seen or done? It stands in the timeline.'),
    validateInput: (value) => (value.length > 5000 ? l10n.t('At most 5000 characters.') : undefined),
  });
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** *Write Post-mortem…*: a file from the log, opened; never over one that is there. Answers its path in the repository. */
async function writePostmortem(watching: Watching, argument: unknown): Promise<string | undefined> {
  needTrust();
  const target = await pickOf(watching, argument, l10n.t('A post-mortem of which incident?'), 'all', true);
  if (target === undefined) return undefined;
  const { path } = await watching.shell.server.send(postmortem, { ...target, write: true });
  if (path === null) throw new RequestFailure('internal', l10n.t('No file was written.'));
  await openTarget(target.repository, path, 'documentation');
  return path;
}
