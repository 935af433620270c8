import { setTimeout as wait } from 'node:timers/promises';
import { readHubFile } from './hubFile.ts';
import { dial, type HubFacts } from './line.ts';
import { claimFence, elsewhere, type Owner, readOwner, standingOf } from './owner.ts';

/** How long an owner that runs may say nothing to pings before it is replaced (DESIGN §1); tests shorten it. */
const silence = Number(process.env['HEARTH_HUB_SILENCE_MS'] ?? 10_000);

export type Taken = { kind: 'owner'; owner: Owner; before: Owner | undefined } | { kind: 'another'; facts: HubFacts };

/**
 * Becomes the owner of the home: at once when nobody holds it, after ten seconds of the monotonic clock when the holder runs but does not
 * answer. `another` when it answers. Rejects with `locked` when another machine uses the home.
 */
export async function takeOwnership(home: string, yields: (facts: HubFacts) => boolean = () => false): Promise<Taken> {
  let silent: { fence: number; since: number } | undefined;
  for (;;) {
    const before = readOwner(home);
    const standing = standingOf(before);
    if (standing === 'elsewhere' && before !== undefined) throw elsewhere(home, before);
    if (silent === undefined || silent.fence !== before?.fence) silent = { fence: before?.fence ?? 0, since: performance.now() };
    if (standing === 'free' || performance.now() - silent.since >= silence) {
      const owner = claimFence(home, before);
      if (owner !== undefined) return { kind: 'owner', owner, before };
      continue;
    }
    const facts = await askOwner(home, silent.fence, yields);
    if (facts !== undefined) {
      if (!yields(facts)) return { kind: 'another', facts };
      silent = undefined;
    }
    await wait(50);
  }
}

/** What the holder answers to a ping, if anything; one that yields is asked to end. */
async function askOwner(home: string, fence: number, yields: (facts: HubFacts) => boolean): Promise<HubFacts | undefined> {
  const file = readHubFile(home);
  if (file === undefined || file.fence !== fence) return undefined;
  const dialled = await dial(file, { client: 'hub', trusted: false, patience: Math.min(2000, silence) });
  if (dialled.kind !== 'line') return undefined;
  const { line } = dialled;
  try {
    const facts = await Promise.race([line.ping(), wait(Math.min(2000, silence), undefined, { ref: false })]);
    if (facts !== undefined && yields(facts)) {
      await line.drain('upgrade');
      await line.closed;
    }
    return facts;
  } finally {
    line.end();
  }
}
