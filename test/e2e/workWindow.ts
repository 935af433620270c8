// What the suites of the Work view and of item panels share inside the extension host.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Confirmation } from '../../extension/ui/confirm.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import type { WorkFeature } from '../../extension/work/work.ts';
import { type Item, type ItemType, list, show } from '../../server/protocol/work.ts';
import { hearth, nodeAt, sample, treeOf, until } from './repositoryWindow.ts';

export const view = 'hearth.work';

export interface At {
  readonly repository: string;
  readonly id: number;
}

export async function work(): Promise<WorkFeature> {
  const { work: feature } = await hearth();
  assert.ok(feature, 'the work features are made');
  return feature;
}

/** Shows the view and resolves when it is visible. */
export async function showWork(): Promise<void> {
  await vscode.commands.executeCommand('hearth.work.focus');
  const tree = await treeOf(view);
  await until(() => (tree.view.visible ? true : undefined), 'the view Work');
}

/** Plans an item through the command, as its questions would be answered. */
export async function plan(title: string, type: ItemType = 'feature'): Promise<Item & At> {
  const item = (await vscode.commands.executeCommand('hearth.work.new', { repository: sample, title, type })) as Item | undefined;
  assert.ok(item, `"${title}" was planned`);
  return { ...item, repository: sample };
}

export function at({ id }: { id: number }): At {
  return { repository: sample, id };
}

export async function stored(id: number): Promise<Item> {
  return (await (await hearth()).server.send(show, { repository: sample, id })).item;
}

export async function allItems() {
  return (await (await hearth()).server.send(list, { repository: sample })).items ?? [];
}

/** The row of an item in a group, once it is there. */
export function rowOf(group: string, label: string): Promise<TreeRow> {
  return until(async () => (await rowsOf(group)).find((row) => row.label === label), `a row "${label}" under ${group}`);
}

export async function rowsOf(group: string): Promise<TreeRow[]> {
  const tree = await treeOf(view);
  return (await tree.read()).some(({ label }) => label === group) ? tree.read([group]) : [];
}

/** Groups of the view with their counts. */
export async function groups(): Promise<Record<string, string>> {
  return Object.fromEntries((await (await treeOf(view)).read()).map(({ label, description }) => [label, description]));
}

/** Runs what a click on the row does. */
export async function click(...path: string[]): Promise<unknown> {
  const node = await nodeAt(await treeOf(view), ...path);
  const { command } = node.item();
  assert.ok(command, `${path.at(-1)} does something`);
  return vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
}

/** Answers questions from now on; what was asked is in the list. */
export async function answer(reply: 'action' | 'other' | undefined): Promise<Confirmation[]> {
  const asked: Confirmation[] = [];
  const shell = await hearth();
  shell.confirm.ask = async (question) => {
    asked.push(question);
    return reply;
  };
  return asked;
}
