// What Hearth costs a window that does nothing with it: activation as VS Code itself reports it, entry bundle, server ready, idle memory
// and idle work of the server.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { discover } from '../../server/protocol/git.ts';
import { info } from '../../server/protocol/session.ts';
import { repository } from '../host/bundle.ts';
import { openVscode } from '../host/page.ts';
import { insist } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { ensureBuilt, startServer } from '../support/server.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

/** Milliseconds, from the editor "Running Extensions": `Activation: 3ms`. */
async function activation(folder: string): Promise<number> {
  // The slowest extension comes first, and only rows that fit are there.
  const code = await openVscode({ folder, viewport: { width: 1200, height: 4000 } });
  try {
    const row = code.page.locator('.runtime-extensions-editor .extension', { hasText: 'hearth-dev.hearth' });
    const time = row.locator('.activation-time').first();
    // The editor shows what was active when it was opened; extensions that wait for the end of start-up come later.
    const text = await insist(async () => {
      await code.command('workbench.action.closeActiveEditor');
      await code.command('workbench.action.showRuntimeExtensions');
      return await time.textContent({ timeout: 6000 });
    });
    const match = (text ?? '').match(/(\d+)\s*ms/);
    if (match === null) throw new Error(`no activation time in "${text}"`);
    return Number(match[1]);
  } finally {
    await code.close();
  }
}

/** Clock ticks of processor time a process has used (Linux). */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export const bench: Bench = {
  name: 'activate',
  target: 'activate() < 50 ms; entry bundle ≤ 100 kB; server ready < 400 ms; idle < 90 MB and no work',
  async run(ctx) {
    ensureBuilt();
    const folder = join(ctx.temporaryFolder('activate'), 'shop');
    await createSample(folder);
    const activations: number[] = [];
    for (let round = 0; round < ctx.size(5, 1); round++) activations.push(await activation(folder));

    const ready = await ctx.sample(
      async () => {
        const start = performance.now();
        const server = await startServer({ checkResults: false });
        const elapsed = performance.now() - start;
        await server.close();
        return elapsed;
      },
      { rounds: 10 },
    );

    const server = await ctx.startServer({ checkResults: false });
    await server.send(discover, { path: folder });
    await sleep(ctx.smoke ? 500 : 5000);
    const before = ticks(server.pid);
    await sleep(ctx.smoke ? 500 : 10_000);
    const idle = ticks(server.pid) - before;
    const { memory } = await server.send(info, {});
    return [
      valueAtMost('activate(), as VS Code reports it', 'ms', summarise(activations), 50),
      valueAtMost('entry bundle', 'bytes', summarise([statSync(join(repository, 'dist/extension.js')).size]), 100_000),
      valueAtMost('server spawned → initialised', 'ms', ready, 400),
      valueAtMost('server memory, idle', 'MB', summarise([memory.rss / 1e6]), 90),
      valueAtMost('processor ticks of the idle server (10 ms each)', 'ticks', summarise([idle]), 1, 'over 10 s'),
    ];
  },
};
