import { l10n } from 'vscode';
import { ActionNode } from '../deploy/actionNode.ts';
import { byWorst } from '../deploy/deployHealth.ts';
import { MessageNode, type TreeNode } from '../ui/treeNode.ts';
import { IncidentsNode } from './incidentNodes.ts';
import { MonitorNode } from './monitorNode.ts';
import { ServiceNode } from './serviceNodes.ts';
import type { Watched } from './serviceStates.ts';

/** Whether there is anything to show. */
export function hasRows({ services, monitors, incidents }: Watched): boolean {
  return services.length > 0 || monitors.length > 0 || incidents.length > 0;
}

/** For the welcome of the view. */
export function readState(answers: readonly Watched[]): 'shown' | 'unapplied' | 'empty' {
  if (answers.some(hasRows)) return 'shown';
  return answers.some(({ unapplied }) => unapplied) ? 'unapplied' : 'empty';
}

/** Incidents, services, what watches none of them; at the end what the file does not have any more. */
export function rowsOf(parent: TreeNode | undefined, repository: string, watched: Watched): readonly TreeNode[] {
  const { services, monitors, more, incidents, cycles } = watched;
  const rows = new Map(monitors.map((row) => [row.id, row]));
  const own = services.map((service) => {
    // A row may have changed since the hub sorted them.
    const found = service.status.monitors.flatMap((id) => rows.get(id) ?? []).sort((a, b) => byWorst(a.health.state, b.health.state));
    return { service, monitors: [...found.filter(({ orphan }) => orphan === null), ...found.filter(({ orphan }) => orphan !== null)] };
  });
  const held = new Set(own.flatMap(({ monitors: all }) => all.map(({ id }) => id)));
  const nodes = own.map(({ service, monitors: all }) => ({
    orphan: service.entry.orphan !== null,
    node: new ServiceNode(parent, repository, service, all),
  }));
  const loose = monitors
    .filter(({ id }) => !held.has(id))
    .map((row) => ({ orphan: row.orphan !== null, node: new MonitorNode(parent, repository, row) }));
  const all = [...nodes, ...loose];
  const [cycle] = cycles;
  const map = { title: l10n.t('Show Map'), command: 'hearth.catalog.openMap', argument: { repository } };
  return [
    ...(incidents.length > 0 ? [new IncidentsNode(parent, repository, incidents)] : []),
    ...(cycle === undefined ? [] : [new ActionNode(parent, l10n.t('{0} need each other', cycle.join(' → ')), 'warning', map)]),
    ...all.filter(({ orphan }) => !orphan).map(({ node }) => node),
    ...all.filter(({ orphan }) => orphan).map(({ node }) => node),
    ...(more > 0 ? [new MessageNode(parent, l10n.t('… and {0} more monitors', more), 'ellipsis')] : []),
  ];
}
