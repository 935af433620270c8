import { l10n, type QuickPickItem, window, workspace } from 'vscode';
import type { Incident } from '../../server/protocol/incident.ts';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';
import { given, namesOf } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { type CatalogTarget, catalogOf, type IncidentTarget, incidentOf, type MonitorTarget, monitorOf } from './monitorTargets.ts';
import { incidentIcon, incidentNumber, incidentWords, nowWords, watchedIcon } from './monitorWords.ts';
import { healthOfService } from './serviceNodes.ts';
import type { ServiceStates, Watched } from './serviceStates.ts';

/** What a command of services, monitors and incidents works with. */
export interface Watching {
  readonly shell: Shell;
  readonly states: ServiceStates;
}

interface Options {
  readonly placeHolder: string;
  readonly fits?: (row: MonitorRow) => boolean;
  readonly none: string;
}

interface Picked<T> extends QuickPickItem {
  readonly value: T;
}

/** Which monitor: the given one, else the only one that fits, else the one that the user picks. */
export async function pickMonitor({ shell, states }: Watching, argument: unknown, options: Options): Promise<MonitorTarget | undefined> {
  const named = monitorOf(argument);
  if (named !== undefined) return named;
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const rows = (await fitting(states, repository, argument, options)).slice();
  const [first] = rows;
  if (first === undefined) throw new RequestFailure('not-found', options.none, l10n.t('Hearth: Add Monitor… watches something.'));
  if (rows.length === 1) return { repository, monitor: first.name };
  const items = rows.map((row) => monitorItem(row));
  const picked = await window.showQuickPick(items, { placeHolder: options.placeHolder, matchOnDescription: true, matchOnDetail: true });
  return picked === undefined ? undefined : { repository, monitor: picked.value };
}

/** Which monitors: the given ones, those of a service that was given, else those that the user ticks. */
export async function pickMonitors(
  { shell, states }: Watching,
  argument: unknown,
  options: Options,
): Promise<{ readonly repository: string; readonly monitors: readonly string[] } | undefined> {
  const one = monitorOf(argument);
  if (one !== undefined) return { repository: one.repository, monitors: [one.monitor] };
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const names = namesOf(given(argument)['monitors']);
  if (names !== undefined) return { repository, monitors: names };
  const rows = await fitting(states, repository, argument, options);
  if (rows.length === 0) throw new RequestFailure('not-found', options.none);
  if (rows.length === 1 || catalogOf(argument) !== undefined) return { repository, monitors: rows.map(({ name }) => name) };
  const picked = await window.showQuickPick(rows.map(monitorItem), { placeHolder: options.placeHolder, canPickMany: true });
  return picked === undefined || picked.length === 0 ? undefined : { repository, monitors: picked.map(({ value }) => value) };
}

async function fitting(states: ServiceStates, repository: string, argument: unknown, { fits }: Options): Promise<readonly MonitorRow[]> {
  const within = catalogOf(argument)?.service;
  const { monitors } = await states.ask(repository);
  return monitors.filter((row) => (within === undefined || row.service === within) && (fits?.(row) ?? true));
}

function monitorItem(row: MonitorRow): Picked<string> {
  const place = [row.service, row.environment].filter((part) => part !== null).map(oneLine);
  return {
    label: withoutIcons(oneLine(row.name)),
    description: withoutIcons([nowWords(row), ...place].join(' · ')),
    detail: withoutIcons(oneLine(row.target)),
    iconPath: watchedIcon(row.health.state),
    value: row.name,
  };
}

/** Which incident: the given one, the only open one, or the one that the user picks; with `all` those that are over too. */
export async function pickIncident(
  { shell }: Watching,
  argument: unknown,
  options: {
    readonly placeHolder: string;
    readonly incidents: (repository: string) => Promise<readonly Incident[]>;
    readonly none: string;
    /** One is asked about too: the action cannot be taken back. */
    readonly always?: boolean;
  },
): Promise<IncidentTarget | undefined> {
  const named = incidentOf(argument);
  if (named !== undefined) return named;
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const incidents = await options.incidents(repository);
  const [first] = incidents;
  if (first === undefined) throw new RequestFailure('not-found', options.none);
  if (incidents.length === 1 && options.always !== true) return { repository, incident: first.id };
  const items = incidents.map(
    (incident): Picked<string> => ({
      label: withoutIcons(`${incidentNumber(incident)} ${oneLine(incident.title)}`),
      description: withoutIcons(incidentWords(incident)),
      iconPath: incidentIcon(incident),
      value: incident.id,
    }),
  );
  const picked = await window.showQuickPick(items, { placeHolder: options.placeHolder, matchOnDescription: true });
  return picked === undefined ? undefined : { repository, incident: picked.value };
}

/** Which service of the catalog: the given one, or the one that the user picks. */
export async function pickCatalogService(
  { shell, states }: Watching,
  argument: unknown,
  options: { readonly placeHolder: string; readonly fits?: (service: Watched['services'][number]) => boolean; readonly none: string },
): Promise<CatalogTarget | undefined> {
  const named = catalogOf(argument);
  if (named !== undefined) return named;
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const { services, monitors } = await states.ask(repository);
  const found = services.filter((service) => options.fits?.(service) ?? true);
  if (found.length === 0) throw new RequestFailure('not-found', options.none, l10n.t('Hearth: Add Service… adds one by hand.'));
  const items = found.map((service): Picked<string> => {
    const { entry } = service;
    const state = healthOfService(
      service,
      monitors.filter((row) => row.service === entry.name),
    );
    return {
      label: withoutIcons(oneLine(entry.name)),
      description: withoutIcons(
        [entry.type, entry.owner ?? '']
          .filter((part) => part !== '')
          .map(oneLine)
          .join(' · '),
      ),
      iconPath: watchedIcon(state),
      value: entry.name,
    };
  });
  const picked = await window.showQuickPick(items, { placeHolder: options.placeHolder, matchOnDescription: true });
  return picked === undefined ? undefined : { repository, service: picked.value };
}

/** Before questions whose answers could not be carried out in Restricted Mode. */
export function needTrust(): void {
  if (workspace.isTrusted) return;
  throw new RequestFailure(
    'untrusted',
    l10n.t('In Restricted Mode Hearth looks at nothing and tells nobody.'),
    l10n.t('Trust this folder to watch its services: Workspaces: Manage Workspace Trust.'),
  );
}
