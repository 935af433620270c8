import { setTimeout as wait } from 'node:timers/promises';
import type { claim, status, stop } from '../protocol/hub.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import type { Fence } from '../store/types.ts';
import { hubFileOf } from './connect.ts';
import { isRunning } from './identity.ts';
import { type Client, dial, type Line } from './line.ts';
import { claimFence, fenceOf, isOwner, type Owner, readOwner, standingOf, updateOwner } from './owner.ts';
import { prepareHome, refuseForeign } from './prepareHome.ts';
import { silence, takeOwnership } from './take.ts';

/** What can be said and done about a hub from outside, without starting one. */

/** How long a hub may take to answer before it is called silent. Who asks it to end waits as long as whoever would replace it. */
const patience = 5000;

export async function hubStatus(home: string): Promise<ResultOf<typeof status>> {
  refuseForeign(home);
  const owner = readOwner(home);
  if (owner === undefined) return { home, state: 'stopped' };
  const { fence, pid, host, since, released } = owner;
  const known = { home, owner: { fence, pid, host, since, released } };
  const standing = standingOf(owner);
  if (standing !== 'held') return { ...known, state: standing === 'elsewhere' ? 'elsewhere' : 'stopped' };
  const line = await reach(home, owner, 'hub', patience);
  const facts = line === undefined ? undefined : await Promise.race([line.ping(), wait(patience, undefined, { ref: false })]);
  line?.end();
  if (facts === undefined) return { ...known, state: isRunning(owner) ? 'silent' : 'stopped' };
  return { home, state: 'running', hub: { ...facts, clients: facts.clients.filter(({ client }) => client !== 'hub') } };
}

/** Asks it to end and waits until its process is gone. Rejects with `timeout` when it does not answer. */
export async function stopHub(home: string, signal: AbortSignal): Promise<ResultOf<typeof stop>> {
  refuseForeign(home);
  const owner = readOwner(home);
  if (owner === undefined || standingOf(owner) !== 'held') return { stopped: false };
  const line = await reach(home, owner, 'cli', Math.max(patience, silence));
  if (line === undefined) {
    // It has just ended by itself.
    if (!isRunning(owner)) return { stopped: true };
    throw new Failure('timeout', `The hub (process ${owner.pid}) does not answer.`, {
      hint: `It may be killed: nothing that was acknowledged is lost (\`kill -9 ${owner.pid}\`).`,
    });
  }
  await line.drain('stop');
  await Promise.race([line.closed, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))]);
  line.end();
  while (isRunning(owner)) {
    throwIfCancelled(signal);
    await wait(10);
  }
  return { stopped: true };
}

/** Makes a home that another machine used last this machine's; the next hub starts here. */
export function claimHome(home: string, { identity }: ParamsOf<typeof claim>): ResultOf<typeof claim> {
  prepareHome(home);
  const before = readOwner(home);
  if (standingOf(before) === 'held') {
    throw new Failure('locked', `A hub of this machine (process ${before?.pid}) uses ${home} already.`, {
      hint: 'There is nothing to claim; `hearth hub status` shows it.',
    });
  }
  const owner = claimFence(home, before, { released: true, renew: identity === 'copy' });
  if (owner === undefined) throw new Failure('conflict', `${home} was claimed by another process at this moment.`, { hint: 'Try again.' });
  return { fence: owner.fence };
}

/** Owns the home while `work` runs, in place of a hub: one that could not open the store is ended first. */
export async function whileOwning<T>(home: string, signal: AbortSignal, work: (fence: Fence) => Promise<T>): Promise<T> {
  prepareHome(home);
  await stopHub(home, signal);
  const taken = await takeOwnership(home);
  if (taken.kind === 'another') {
    throw new Failure('locked', `Another hub (process ${taken.pid}) started at this moment and uses ${home}.`, {
      hint: 'Try again.',
    });
  }
  const { owner } = taken;
  try {
    return await work(fenceOf(home, owner));
  } finally {
    if (isOwner(home, owner)) updateOwner(home, { ...owner, released: true });
  }
}

/** A line to the owner; a hub that has just started gets a moment to listen. */
async function reach(home: string, owner: Owner, client: Client, within: number): Promise<Line | undefined> {
  const until = performance.now() + within;
  for (;;) {
    const file = hubFileOf(home, owner);
    const dialled = file === undefined ? undefined : await dial(file, { client, trusted: false, patience: within });
    if (dialled?.kind === 'line') return dialled.line;
    if (dialled?.kind === 'outdated') throw dialled.failure;
    if (performance.now() > until || !isRunning(owner)) return undefined;
    await wait(25);
  }
}
