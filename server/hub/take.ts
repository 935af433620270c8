import { setTimeout as wait } from 'node:timers/promises';
import { readHubFile } from './hubFile.ts';
import { dial, type HubFacts } from './line.ts';
import { claimFence, elsewhere, type Owner, readOwner, standingOf } from './owner.ts';

/** How long an owner that runs may say nothing to pings before it is replaced (DESIGN §1); tests shorten it. */
export const silence = Number(process.env['HEARTH_HUB_SILENCE_MS'] ?? 10_000);

/** How long one look may take when nothing is wrong with us. */
const patience = Math.min(2000, silence);
const stalled = 2 * patience + 1000;

export type Taken = { kind: 'owner'; owner: Owner; before: Owner | undefined } | { kind: 'another'; pid: number };

/**
 * Becomes the owner of the home: at once when nobody holds it, after ten seconds of the monotonic clock when the holder runs but does not
 * answer. `another` when it answers, and when it ended or somebody else has taken it meanwhile: whoever needs a hub then looks again, and none comes
 * after a hub was stopped. Who was started against a silent owner (`challenged`, its fence) may find it ended at its first look. With `yields`
 * it goes on until it is the owner, or one answers that does not yield. Rejects with `locked` when another machine uses the home.
 */
export async function takeOwnership(
  home: string,
  { yields, challenged }: { yields?: ((facts: HubFacts) => boolean) | undefined; challenged?: number | undefined } = {},
): Promise<Taken> {
  let looked = performance.now();
  let silent = challenged === undefined ? undefined : { fence: challenged, since: looked };
  for (;;) {
    // Stopped ourselves (a debugger, a machine asleep): nobody was silent to us in that time.
    if (performance.now() - looked > stalled) silent = undefined;
    looked = performance.now();
    const before = readOwner(home);
    const standing = standingOf(before);
    if (standing === 'elsewhere' && before !== undefined) throw elsewhere(home, before);
    const fence = before?.fence ?? 0;
    const settled = silent !== undefined && (silent.fence !== fence || before?.released === true);
    if (settled && yields === undefined) return { kind: 'another', pid: before?.pid ?? 0 };
    if (silent?.fence !== fence) silent = { fence, since: looked };
    if (standing === 'free' || looked - silent.since >= silence) {
      const owner = claimFence(home, before);
      if (owner !== undefined) return { kind: 'owner', owner, before };
      continue;
    }
    const facts = await askOwner(home, fence, yields);
    if (facts !== undefined) {
      if (yields?.(facts) !== true) return { kind: 'another', pid: facts.pid };
      silent = undefined;
    }
    await wait(50);
  }
}

/** What the holder answers to a ping, if anything; one that yields is asked to end. */
async function askOwner(home: string, fence: number, yields: ((facts: HubFacts) => boolean) | undefined): Promise<HubFacts | undefined> {
  const file = readHubFile(home);
  if (file === undefined || file.fence !== fence) return undefined;
  const dialled = await dial(file, { client: 'hub', trusted: false, patience });
  if (dialled.kind !== 'line') return undefined;
  const { line } = dialled;
  try {
    const facts = await Promise.race([line.ping(), wait(patience, undefined, { ref: false })]);
    if (facts !== undefined && yields?.(facts) === true) {
      await line.drain('upgrade');
      await line.closed;
    }
    return facts;
  } finally {
    line.end();
  }
}
