// What the suites of the Services view share inside the extension host: somebody who is told, a configuration that looks often, rows.
import * as vscode from 'vscode';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import { apply, difference } from '../../server/protocol/config.ts';
import { type Incident, listIncidents, updateIncident } from '../../server/protocol/incident.ts';
import type { HttpSink } from '../support/sinks.ts';
import { hearth, sample, treeOf, until } from './repositoryWindow.ts';

export const view = 'hearth.services';

/** What was told at an address of the sink. */
export function toldAt({ received }: HttpSink, path: string): string[] {
  return received.filter((each) => each.path === path).map(({ body }) => body);
}

/** Shows the view and resolves when it is visible. */
export async function showServices(): Promise<void> {
  await vscode.commands.executeCommand('hearth.services.focus');
  const tree = await treeOf(view);
  await until(() => (tree.view.visible ? true : undefined), 'the view Services');
}

export async function rowsOf(...path: string[]): Promise<TreeRow[]> {
  return (await treeOf(view)).read(path);
}

/** A row at the top of the view once it says so. */
export async function rowThat(label: string, says: (row: TreeRow) => boolean, what: string): Promise<TreeRow> {
  let last: TreeRow | undefined;
  const look = async (): Promise<TreeRow | undefined> => {
    last = (await rowsOf()).find((row) => row.label === label);
    return last !== undefined && says(last) ? last : undefined;
  };
  return until(look, what, 120).catch((error: Error) => {
    throw new Error(`${label}: ${error.message}; its row is ${JSON.stringify(last)}`);
  });
}

/** Makes `hearth.yaml` of a commit the applied one, as *Apply* does after its question. */
export async function applied(rev: string): Promise<void> {
  const { server } = await hearth();
  const { applied: before } = await server.send(difference, { repository: sample });
  await server.send(apply, { repository: sample, rev, from: before?.commit ?? null });
}

/** The newest incident once it is so. */
export async function incidentThat(says: (incident: Incident) => boolean, what: string): Promise<Incident> {
  const { server } = await hearth();
  let last: Incident | undefined;
  const look = async (): Promise<Incident | undefined> => {
    const { incidents } = await server.send(listIncidents, { repository: sample });
    last = [...incidents].sort((a, b) => b.number - a.number)[0];
    return last !== undefined && says(last) ? last : undefined;
  };
  return until(look, what, 120).catch((error: Error) => {
    throw new Error(`${error.message}; the incident is ${JSON.stringify(last)}`);
  });
}

/** Whatever other suites left open is over. */
export async function resolveAll(): Promise<void> {
  const { server } = await hearth();
  const { incidents } = await server.send(listIncidents, { repository: sample, open: true });
  for (const { id } of incidents) await server.send(updateIncident, { repository: sample, incident: id, state: 'resolved' });
}
