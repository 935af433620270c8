import { l10n, type QuickPickItem, ThemeIcon, window, workspace } from 'vscode';
import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { healthOf, isLive } from './deployHealth.ts';
import { type EnvironmentTarget, environmentOf, type ServiceTarget, serviceOf } from './deployTargets.ts';
import { ageOf, healthName } from './deployWords.ts';
import { environmentWords } from './environmentNodes.ts';
import type { EnvironmentStates, Environments } from './environments.ts';

/** What a command of deployments works with. */
export interface Deploying {
  readonly shell: Shell;
  readonly states: EnvironmentStates;
}

/** Before questions whose answers could not be carried out in Restricted Mode. */
export function needTrust(): void {
  if (workspace.isTrusted) return;
  throw new RequestFailure(
    'untrusted',
    l10n.t('In Restricted Mode nothing is built, started or removed.'),
    l10n.t('Trust this folder to deploy from it: Workspaces: Manage Workspace Trust.'),
  );
}

/** Which environment: the given one, the only one, or the one that the user picks among those that fit. */
export async function pickEnvironment(
  { shell, states }: Deploying,
  argument: unknown,
  options: {
    readonly placeHolder: string;
    readonly fits?: (rows: readonly StatusRow[], name: string, all: Environments) => boolean;
    readonly none: string;
  },
): Promise<EnvironmentTarget | undefined> {
  const named = environmentOf(argument);
  if (named !== undefined) return named;
  const repository = await pickRepository(shell, argument);
  if (repository === undefined) return undefined;
  const all = await states.ask(repository);
  const fitting = all.environments.filter(({ name }) => options.fits?.(rowsOf(all, name), name, all) ?? true);
  const [first] = fitting;
  if (first === undefined) throw nothingFits(all, options.none);
  if (fitting.length === 1) return { repository, environment: first.name };
  const items = fitting.map(({ name, engine }) => ({
    label: withoutIcons(oneLine(name)),
    description: withoutIcons([environmentWords(rowsOf(all, name)), engine ?? ''].filter((part) => part !== '').join(' · ')),
    iconPath: new ThemeIcon('server-environment'),
    name,
  }));
  const picked = await window.showQuickPick(items, { placeHolder: options.placeHolder, matchOnDescription: true });
  return picked === undefined ? undefined : { repository, environment: picked.name };
}

function nothingFits(all: Environments, none: string): RequestFailure {
  if (all.configured || all.environments.length > 0) return new RequestFailure('not-found', none);
  return new RequestFailure(
    'not-found',
    l10n.t('Nothing says how to deploy from here: there is no hearth.yaml.'),
    l10n.t('Hearth: Create hearth.yaml makes one from what is there.'),
  );
}

interface ServicePick extends QuickPickItem {
  readonly target: ServiceTarget;
}

/** Which service of which environment: the given one, the only one that fits, or the one that the user picks. */
export async function pickService(
  { shell, states }: Deploying,
  argument: unknown,
  options: { readonly placeHolder: string; readonly fits: (row: StatusRow) => boolean; readonly none: string },
): Promise<ServiceTarget | undefined> {
  const named = serviceOf(argument);
  if (named !== undefined) return named;
  const within = environmentOf(argument);
  const repository = within?.repository ?? (await pickRepository(shell, argument));
  if (repository === undefined) return undefined;
  const { services } = await states.ask(repository);
  const rows = services.filter((row) => (within === undefined || row.environment === within.environment) && options.fits(row));
  const picks = rows.map((row): ServicePick => {
    const target = { repository, environment: row.environment, service: row.service };
    return {
      label: withoutIcons(oneLine(row.service)),
      description: withoutIcons(`${oneLine(row.environment)} · ${rowWords(row)}`),
      iconPath: new ThemeIcon('server-process'),
      target,
    };
  });
  const [first] = picks;
  if (first === undefined) throw new RequestFailure('not-found', options.none);
  if (picks.length === 1) return first.target;
  return (await window.showQuickPick(picks, { placeHolder: options.placeHolder, matchOnDescription: true }))?.target;
}

export function rowsOf({ services }: Environments, environment: string): StatusRow[] {
  return services.filter((row) => row.environment === environment);
}

function rowWords(row: StatusRow): string {
  const parts = [
    row.commit === null ? '' : shortId(row.commit),
    isLive(row) ? healthName(healthOf(row)) : '',
    row.since === null ? '' : ageOf(row.since),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
