import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Repository } from '../git/index.ts';
import type { ResultOf } from '../protocol/message.ts';
import { type ItemRow, itemRow, show } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { askHub, type Flow, textOrNothing } from './flow.ts';

/** The branch that work goes on: HEAD's, also while a rebase of it has HEAD detached. */
export async function branchInWork({ facts }: Repository): Promise<string | undefined> {
  if (facts.head.branch !== undefined) return facts.head.branch;
  if (facts.operation !== 'rebase') return undefined;
  for (const folder of ['rebase-merge', 'rebase-apply']) {
    const name = await fs.readFile(path.join(facts.gitDir, folder, 'head-name'), 'utf8').catch(() => '');
    const branch = name.match(/^refs\/heads\/(.+?)\n?$/s)?.[1];
    if (branch !== undefined) return branch;
  }
  return undefined;
}

/** The item of a branch, from `branch.<name>.hearthItem`; one git process. */
async function itemOfBranch(repository: Repository, branch: string, signal: AbortSignal): Promise<number | undefined> {
  const text = await textOrNothing(repository, ['config', '--local', '--get', `branch.${branch}.hearthItem`], signal);
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

export async function currentItem(repository: Repository, signal: AbortSignal): Promise<number | undefined> {
  const branch = await branchInWork(repository);
  return branch === undefined ? undefined : itemOfBranch(repository, branch, signal);
}

/** An item of the store; undefined when the store does not have it. */
export async function rowOf(flow: Flow, id: number): Promise<ItemRow | undefined> {
  try {
    return itemRow.parse((await askHub(flow, show, { repository: flow.repository.root, id }, `row ${id}`)).item);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

export async function readCurrent(flow: Flow): Promise<ResultOf<typeof protocol.current>> {
  const { head, operation } = flow.repository.facts;
  const where = { head, ...(operation === undefined ? {} : { operation }) };
  const id = await currentItem(flow.repository, flow.signal);
  if (id === undefined) return where;
  const row = await rowOf(flow, id);
  return row === undefined ? { ...where, unknown: id } : { ...where, item: row };
}
