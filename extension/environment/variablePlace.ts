import { l10n, ThemeIcon, window, workspace } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { list, type Variable } from '../../server/protocol/variables.ts';
import { environmentOf, given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';

export type VariableTable = ResultOf<typeof list>['environments'][number];

/** Where variables are looked at or stored: an environment, or one service of it. */
export interface VariablePlace {
  readonly repository: string;
  readonly environment: string;
  readonly service?: string;
}

/** An environment with its variables: the given one, the only one, or the one that the user picks. */
export async function pickPlace(
  shell: Shell,
  argument: unknown,
  placeHolder: string,
): Promise<{ place: VariablePlace; table: VariableTable } | undefined> {
  const named = environmentOf(argument);
  const repository = named?.repository ?? (await pickRepository(shell, argument));
  if (repository === undefined) return undefined;
  const { service } = given(argument);
  const only = typeof service === 'string' && service !== '' ? { service } : {};
  const wanted = named === undefined ? {} : { environment: named.environment };
  const { environments } = await shell.server.send(list, { repository, ...wanted, ...only });
  const [first] = environments;
  if (first === undefined) {
    throw new RequestFailure(
      'not-found',
      l10n.t('There is no environment here.'),
      l10n.t('hearth.yaml names them: Hearth: Create hearth.yaml makes one.'),
    );
  }
  const table = environments.length === 1 ? first : await pickTable(environments, placeHolder);
  return table === undefined ? undefined : { place: { repository, environment: table.name, ...only }, table };
}

async function pickTable(tables: readonly VariableTable[], placeHolder: string): Promise<VariableTable | undefined> {
  const picks = tables.map((table) => ({
    label: withoutIcons(oneLine(table.name)),
    description: tableWords(table),
    iconPath: new ThemeIcon('server-environment'),
    table,
  }));
  return (await window.showQuickPick(picks, { placeHolder }))?.table;
}

function tableWords({ variables, problems }: VariableTable): string {
  const secrets = variables.filter(({ secret }) => secret).length;
  const parts = [l10n.t('{0} variables, {1} secrets', variables.length - secrets, secrets)];
  if (problems.length > 0) parts.push(problems.length === 1 ? l10n.t('1 problem') : l10n.t('{0} problems', problems.length));
  return parts.join(' · ');
}

/** "production", "web in production". */
export function placeName({ environment, service }: { environment: string; service?: string | undefined }): string {
  return service === undefined ? oneLine(environment) : l10n.t('{0} in {1}', oneLine(service), oneLine(environment));
}

/** Before questions whose answers could not be carried out in Restricted Mode. */
export function needTrust(): void {
  if (workspace.isTrusted) return;
  throw new RequestFailure(
    'untrusted',
    l10n.t('In Restricted Mode nothing is stored for environments.'),
    l10n.t('Trust this folder first: Workspaces: Manage Workspace Trust.'),
  );
}

/** Where it is kept, when it is this environment itself (and this service of it): there it can be forgotten. */
export function storedAt({ origin }: Variable, place: VariablePlace): VariablePlace | undefined {
  if (origin.kind !== 'stored' || origin.environment !== place.environment) return undefined;
  if (place.service !== undefined && origin.service !== place.service) return undefined;
  const { repository, environment } = place;
  return { repository, environment, ...(origin.service === undefined ? {} : { service: origin.service }) };
}
