// What the suites of the view "Activity" share inside the extension host.
import * as assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ActivityFilter } from '../../extension/activity/activityFilter.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import { list as listEvents } from '../../server/protocol/events.ts';
import { status } from '../../server/protocol/hub.ts';
import { hearth, treeOf, until } from './repositoryWindow.ts';

export const view = 'hearth.activity';
export const home = process.env['HEARTH_HOME'] ?? '';

/** Fences ever claimed in this suite's home: one per hub that was started. */
export function hubsStarted(): number {
  try {
    return readdirSync(join(home, 'owner')).length;
  } catch {
    return 0;
  }
}

/** Shows the view and resolves when it is visible. */
export async function showActivity(): Promise<void> {
  await vscode.commands.executeCommand('hearth.activity.show');
  const tree = await treeOf(view);
  await until(() => (tree.view.visible ? true : undefined), 'the view Activity');
}

/** The rows of events under all days, top to bottom, as the user sees them. */
export async function eventRows(): Promise<TreeRow[]> {
  const tree = await treeOf(view);
  const top = await tree.read();
  const rows: TreeRow[] = [];
  for (const { label, contextValue } of top) if (contextValue === 'day') rows.push(...(await tree.read([label])));
  return rows;
}

export async function labels(): Promise<string[]> {
  return (await eventRows()).map(({ label }) => label);
}

/** Waits for the row of an event. */
export function rowOf(label: string): Promise<TreeRow> {
  return until(async () => (await eventRows()).find((row) => row.label === label), `a row "${label}"`);
}

export async function filterBy(filter: ActivityFilter): Promise<void> {
  await vscode.commands.executeCommand('hearth.activity.filter', filter);
}

export async function hubStatus() {
  return (await hearth()).server.send(status, {});
}

/** The pid of the hub that runs; fails when none does. */
export async function hubPid(): Promise<number> {
  const { hub } = await hubStatus();
  assert.ok(hub, 'a hub runs');
  return hub.pid;
}

export async function allEvents() {
  return (await (await hearth()).server.send(listEvents, { limit: 1000 })).events;
}
