import { l10n, ThemeIcon, window } from 'vscode';
import { check } from '../../server/protocol/config.ts';
import { pickSide } from '../git/refPick.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { PanelTarget } from './deploymentTarget.ts';
import { given, namesOf } from './deployTargets.ts';
import { type Deploying, needTrust, pickEnvironment } from './pickEnvironment.ts';

/**
 * Deploy…: which environment, which services, which commit; each asked only where the answer is not given or obvious. The panel shows the
 * plan and asks for the rest; nothing has started before.
 */
export async function planOf(deploying: Deploying, argument: unknown): Promise<(PanelTarget & { plan: object }) | undefined> {
  needTrust();
  const at = await pickEnvironment(deploying, argument, {
    placeHolder: l10n.t('Deploy to which environment?'),
    none: l10n.t('hearth.yaml names no environment.'),
  });
  if (at === undefined) return undefined;
  const { repository, environment } = at;
  const asked = given(argument);
  const services = namesOf(asked['services']) ?? (typeof asked['service'] === 'string' ? [asked['service']] : undefined);
  const chosen = services ?? (await pickServices(deploying, repository, asked['rev'] !== undefined));
  if (chosen === undefined) return undefined;
  const rev = typeof asked['rev'] === 'string' ? asked['rev'] : await pickCommit(deploying, repository, environment);
  if (rev === undefined) return undefined;
  return { repository, plan: { environment, rev, ...(chosen.length === 0 ? {} : { services: chosen }) } };
}

/** None: all of them. Undefined when the user turns away. */
async function pickServices({ shell }: Deploying, repository: string, quiet: boolean): Promise<string[] | undefined> {
  const { services, found, problems } = await shell.server.send(check, { repository });
  const error = problems.find(({ severity }) => severity === 'error');
  // The commit that is picked later may have a better one: only a file that is not there at all is the end.
  if (!found && services.length === 0) {
    throw new RequestFailure(
      'not-found',
      l10n.t('Nothing says how to deploy from here: there is no hearth.yaml.'),
      l10n.t('Hearth: Create hearth.yaml makes one from what is there.'),
    );
  }
  if (quiet || services.length <= 1 || error !== undefined) return [];
  const items = services.map((name) => ({
    label: withoutIcons(oneLine(name)),
    iconPath: new ThemeIcon('server-process'),
    picked: true,
    name,
  }));
  const placeHolder = l10n.t('Which services?');
  const picked = await window.showQuickPick(items, { placeHolder, canPickMany: true });
  if (picked === undefined || picked.length === 0) return undefined;
  return picked.length === services.length ? [] : picked.map(({ name }) => name);
}

async function pickCommit({ shell }: Deploying, repository: string, environment: string): Promise<string | undefined> {
  const placeholder = l10n.t('Which commit to {0}? (uncommitted changes stay here)', oneLine(environment));
  const side = await pickSide(shell, repository, { placeholder });
  return side?.kind === 'commit' ? side.revision : undefined;
}
