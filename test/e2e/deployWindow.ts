// What the suites of the Environments view share inside the extension host: the engine, commits of the sample that no branch has, rows.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { DeployFeature } from '../../extension/deploy/deploy.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import { planDeploy, run as runDeploy, show } from '../../server/protocol/deploy.ts';
import type { DeploymentDetail } from '../../server/protocol/deployTypes.ts';
import { looseCommit } from '../support/repositories/looseCommit.ts';
import { git, hearth, sample, treeOf, until } from './repositoryWindow.ts';

export const view = 'hearth.environments';
export const environment = 'production';

/** Whether this window's hub has an engine of its own: the suite started it (test/e2e/runTests.ts). */
export const hasEngine = process.env['HEARTH_TEST_DOCKER_HOST'] !== undefined;

export async function deployFeature(): Promise<DeployFeature> {
  const { deploy } = await hearth();
  assert.ok(deploy, 'the deploy features are made');
  return deploy;
}

/** Shows the view and resolves when it is visible. */
export async function showEnvironments(): Promise<void> {
  await vscode.commands.executeCommand('hearth.environments.focus');
  const tree = await treeOf(view);
  await until(() => (tree.view.visible ? true : undefined), 'the view Environments');
}

/** A commit of the sample on top of another, which no branch has. */
export function commitOn(parent: string, files: Record<string, string>, subject: string): string {
  return looseCommit(sample, parent, files, subject);
}

export function textOf(commit: string, path: string): string {
  return git('show', `${commit}:${path}`);
}

/** Plans and deploys as the panel does; answers the run. */
export async function deploy(rev: string, services?: string[]): Promise<string> {
  const { server } = await hearth();
  const wanted = { repository: sample, environment, rev, ...(services === undefined ? {} : { services }) };
  const { plan } = await server.send(planDeploy, wanted);
  assert.deepEqual(plan.blockers, []);
  assert.deepEqual(plan.confirmations, []);
  return (await server.send(runDeploy, { ...wanted, commit: plan.commit })).run;
}

/** The deployment that serves or was last, with everything that is known of it. */
export async function released(service: string): Promise<DeploymentDetail> {
  const { states } = await deployFeature();
  const { services } = await states.ask(sample);
  const row = services.find((each) => each.environment === environment && each.service === service);
  assert.ok(row?.release, `${service} has a release`);
  return shown(row.release);
}

export async function shown(id: string): Promise<DeploymentDetail> {
  return (await (await hearth()).server.send(show, { repository: sample, id })).deployment;
}

/** The row of a service once it says so. */
export async function serviceRow(service: string, says: (row: TreeRow) => boolean, what: string): Promise<TreeRow> {
  let last: TreeRow | undefined;
  const look = async (): Promise<TreeRow | undefined> => {
    last = (await rowsOf(environment)).find(({ label }) => label === service);
    return last !== undefined && says(last) ? last : undefined;
  };
  return until(look, what, 180).catch((error: Error) => {
    throw new Error(`${service}: ${error.message}; its row is ${JSON.stringify(last)}`);
  });
}

export async function rowsOf(...path: string[]): Promise<TreeRow[]> {
  const tree = await treeOf(view);
  const top = await tree.read();
  return path.length === 0 || top.some(({ label }) => label === path[0]) ? tree.read(path) : [];
}
