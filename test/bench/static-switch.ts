// Readers that open the files of a static site over and over, through `current`, while releases take each other's place; and what a switch costs
// beside a link and a rename.
import { closeSync, promises as fs, fsyncSync, mkdirSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { switchTo } from '../../server/deploy/site/current.ts';
import { writeManifest } from '../../server/deploy/site/manifest.ts';
import { copyTree } from '../../server/deploy/site/tree.ts';
import { type Bench, ratioAtMost, summarise, valueAtMost } from './harness.ts';

const switches = 100;
const releases = ['000000000000000a', '000000000000000b'] as const;

export const bench: Bench = {
  name: 'static-switch',
  target: '0 failed of ≥ 10 000 reads in 100 switches; < 1 ms, ≤ 5 × a raw link, rename and fsync',
  async run(ctx) {
    const root = ctx.temporaryFolder('site');
    await makeReleases(root, ctx.size(200, 5));
    await switchTo(root, releases[0]);
    const readers = startReaders(root, ctx.size(200, 5));
    const times: number[] = [];
    for (let each = 0; each < ctx.size(switches, 5); each++) {
      await readers.more(ctx.size(120, 10));
      times.push(await ctx.time(() => switchTo(root, releases[(each + 1) % 2] ?? releases[0])));
    }
    await readers.stop();
    let [ours, raw] = [0, 0];
    const pair = await ctx.pair(
      () => ctx.time(() => switchTo(root, releases[ours++ % 2] ?? releases[0])),
      () => ctx.time(() => rawSwitch(root, releases[raw++ % 2] ?? releases[0])),
      { rounds: 200, warmup: 10 },
    );
    const { failures, reads } = readers;
    return [
      valueAtMost('failed or mixed reads', '', summarise([failures.length]), 0, failures.slice(0, 3).join('; ') || undefined),
      { measure: 'reads', unit: '', ours: summarise([reads()]), target: { atLeast: 10_000 } },
      ratioAtMost('switch, on the disk', pair, 5, 'raw: symlink, rename and fsync of the folder'),
      valueAtMost('the same', 'ms', pair.ours, 1),
      valueAtMost('while files are read', 'ms', summarise(times)),
    ];
  },
};

/** Two releases with the same names; each file says which one it is of. */
async function makeReleases(root: string, files: number): Promise<void> {
  mkdirSync(path.join(root, 'releases'));
  for (const id of releases) {
    const from = path.join(root, `from-${id}`);
    mkdirSync(from);
    for (let each = 0; each < files; each++) writeFileSync(path.join(from, `${each}.txt`), id.repeat(64));
    const folder = path.join(root, 'releases', id);
    const tree = await copyTree(from, folder, new AbortController().signal);
    await writeManifest(folder, { id, commit: 'c'.repeat(40), ...tree });
  }
}

function startReaders(root: string, files: number) {
  const failures: string[] = [];
  let reads = 0;
  let stopped = false;
  const read = async () => {
    for (let each = 0; !stopped; each++) {
      try {
        const text = await fs.readFile(path.join(root, 'current', `${each % files}.txt`), 'utf8');
        if (!releases.some((id) => text === id.repeat(64))) failures.push(`mixed: ${text.slice(0, 40)}`);
      } catch (error) {
        failures.push(String(error));
      }
      reads++;
    }
  };
  const running = Array.from({ length: 4 }, read);
  return {
    failures,
    reads: () => reads,
    /** Waits until so many more were read. */
    async more(count: number): Promise<void> {
      const until = reads + count;
      while (reads < until) await new Promise((resolve) => setImmediate(resolve));
    },
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(running);
    },
  };
}

function rawSwitch(root: string, id: string): void {
  const temporary = path.join(root, '.raw.tmp');
  symlinkSync(`releases/${id}`, temporary);
  renameSync(temporary, path.join(root, 'current'));
  const handle = openSync(root, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
