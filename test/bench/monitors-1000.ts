// What it costs to watch a thousand addresses once a minute: a real hub, real HTTP, a server in another process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { apply } from '../../server/protocol/config.ts';
import { stop } from '../../server/protocol/hub.ts';
import { listMonitors } from '../../server/protocol/monitor.ts';
import { type Bench, type BenchContext, residentMemory, summarise, valueAtMost } from './harness.ts';

const program = `
const server = require('node:http').createServer((request, response) => response.end('ok'));
server.keepAliveTimeout = 1;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

export const bench: Bench = {
  name: 'monitors-1000',
  target: '1 000 HTTP monitors at 60 s: < 2 % of one core, < 250 MB',
  async run(ctx) {
    const count = ctx.size(1000, 10);
    const [interval, seconds] = ctx.smoke ? [1, 3] : [60, 120];
    const port = await serve(ctx);
    const repository = ctx.temporaryFolder('repository');
    mkdirSync(repository, { recursive: true });
    writeFileSync(path.join(repository, 'hearth.yaml'), config(count, interval, port));
    for (const args of [
      ['init', '-q'],
      ['add', '.'],
      ['-c', 'user.name=a', '-c', 'user.email=a@example.test', 'commit', '-qm', 'Watch'],
    ]) {
      await ctx.git(args, { cwd: repository });
    }
    const home = ctx.temporaryFolder('home');
    const server = await ctx.startServer({ env: { HEARTH_HOME: home } });
    ctx.cleanup(() => server.send(stop, {}).catch(() => {}));
    await server.send(apply, { repository });
    const rows = async () => (await server.send(listMonitors, { repository, beats: 0, limit: 5000 })).monitors;
    // The first looks of all are over.
    while ((await rows()).filter(({ state }) => state === 'up').length < count) await wait(500);
    const pid = (JSON.parse(readFileSync(path.join(home, 'hub.json'), 'utf8')) as { pid: number }).pid;
    await wait(ctx.smoke ? 0 : 10_000);
    const shares: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < (ctx.smoke ? 1 : 3); round++) {
      const [before, start] = [processorTime(pid), performance.now()];
      await wait((seconds * 1000) / (ctx.smoke ? 1 : 3));
      shares.push((100 * (processorTime(pid) - before)) / (performance.now() - start));
      memory.push(residentMemory(pid) / 1e6);
    }
    const down = (await rows()).filter(({ state }) => state !== 'up').length;
    if (down > 0) throw new Error(`${down} monitors are not up`);
    return [
      valueAtMost(`processor time, ${count} monitors every ${interval} s`, '% of a core', summarise(shares), 2),
      valueAtMost('resident memory', 'MB', summarise(memory), 250),
      valueAtMost('monitor/list', 'ms', await ctx.sample(rows)),
    ];
  },
};

function config(count: number, interval: number, port: number): string {
  const monitors = Array.from({ length: count }, (_, index) => {
    return `  - { name: monitor-${index}, http: "http://127.0.0.1:${port}/${index}", interval: ${interval}s, timeout: ${Math.min(interval, 10)}s, retry_interval: ${Math.min(interval, 20)}s }`;
  });
  return [
    'version: 1',
    'project: shop',
    'services: { web: { image: "web:1" } }',
    'environments: { production: {} }',
    'monitors:',
    ...monitors,
    '',
  ].join('\n');
}

async function serve(ctx: BenchContext): Promise<number> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  ctx.cleanup(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

/** Milliseconds of processor time that a process has used (Linux). */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
