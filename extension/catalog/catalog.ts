import { l10n, ThemeIcon, window } from 'vscode';
import { given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { MapPanels } from '../monitor/mapPanels.ts';
import { catalogOf, textOf } from '../monitor/monitorTargets.ts';
import type { Watching } from '../monitor/pickMonitor.ts';
import type { ServiceStates } from '../monitor/serviceStates.ts';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { addService, editService, removeFromCatalog } from './editService.ts';
import { openTarget } from './openLink.ts';

/** The catalog's part of the shell: the map, links, entries that are kept by hand. */
export class CatalogFeature extends Registered implements Feature {
  readonly commands: CommandTable;

  constructor(shell: Shell, states: ServiceStates) {
    super();
    const watching: Watching = { shell, states };
    const maps = this.register(new MapPanels(shell));
    this.commands = {
      'hearth.catalog.openMap': async (argument: unknown) => {
        const repository = await pickRepository(shell, given(argument));
        const service = catalogOf(argument)?.service;
        if (repository !== undefined) maps.open({ repository, ...(service === undefined ? {} : { service }) });
      },
      'hearth.catalog.openLink': async (argument: unknown) => {
        const link = await linkOf(watching, argument);
        return link === undefined ? undefined : openTarget(link.repository, link.url, link.kind);
      },
      'hearth.catalog.add': (argument: unknown) => addService(watching, argument),
      'hearth.catalog.edit': (argument: unknown) => editService(watching, argument),
      'hearth.catalog.remove': (argument: unknown) => removeFromCatalog(watching, argument),
    };
  }
}

interface Link {
  readonly repository: string;
  readonly url: string;
  readonly kind: string;
}

/** The link that was given, else one that the user picks: of the service that was given, or of all. */
async function linkOf({ shell, states }: Watching, argument: unknown): Promise<Link | undefined> {
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const within = catalogOf(argument)?.service;
  const { services } = await states.get(repository);
  const url = textOf(given(argument)['url']);
  const entries = services.map(({ entry }) => entry).filter(({ name }) => within === undefined || name === within);
  const links = entries.flatMap(({ name, links: own, runbook }) => [
    ...own.map((link) => ({ ...link, name })),
    ...(runbook === null ? [] : [{ title: l10n.t('Runbook'), url: runbook, kind: 'runbook' as const, name }]),
  ]);
  if (url !== undefined) {
    // The catalog knows what it is; an address that it does not have is any page.
    const kind = textOf(given(argument)['kind']) ?? links.find((link) => link.url === url)?.kind ?? 'other';
    return { repository, url, kind };
  }
  if (links.length === 0) {
    throw new RequestFailure(
      'not-found',
      l10n.t('No service has links yet.'),
      l10n.t('`links:` of a service in hearth.yaml names dashboards and documents.'),
    );
  }
  const [only] = links;
  if (links.length === 1 && only !== undefined) return { repository, url: only.url, kind: only.kind };
  // Dashboards first: they are what one looks for in a hurry.
  const rank = (kind: string): number => (kind === 'dashboard' ? 0 : kind === 'monitor' ? 1 : 2);
  const items = [...links]
    .sort((a, b) => rank(a.kind) - rank(b.kind))
    .map((link) => ({
      label: withoutIcons(oneLine(link.title)),
      description: withoutIcons(`${oneLine(link.name)} · ${link.kind}`),
      detail: withoutIcons(oneLine(link.url)),
      iconPath: new ThemeIcon(rank(link.kind) < 2 ? 'dashboard' : 'link'),
      link,
    }));
  const picked = await window.showQuickPick(items, { placeHolder: l10n.t('Open what?'), matchOnDescription: true, matchOnDetail: true });
  return picked === undefined ? undefined : { repository, url: picked.link.url, kind: picked.link.kind };
}
