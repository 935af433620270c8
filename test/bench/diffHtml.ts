// Exporting HTML of a 3 MB diff: whole processes, ours against the diff2html command line with equal options, and equal rows in the page.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../support/repositories/cache.ts';
import { bigDiff3MB } from '../support/repositories/large.ts';
import { hermeticEnvironment } from '../support/repositories/repository.ts';
import { ensureBuilt } from '../support/server.ts';
import { type Bench, type BenchContext, type ProcessRun, type Result, summarise } from './harness.ts';

const peerVersion = '5.2.15';
const project = resolve(import.meta.dirname, '../..');

export const bench: Bench = {
  name: 'diff-html',
  target: 'side-by-side ≥ 2 ×, unified ≥ 1.2 × faster than the diff2html CLI; ≤ 0.4 × its memory',
  async run(ctx) {
    ensureBuilt();
    const cli = peer();
    const repository = await bigDiff3MB(ctx.smoke ? 0.02 : 1);
    const results: Result[] = [];
    for (const layout of ['side-by-side', 'unified'] as const) results.push(...(await compare(ctx, cli, repository, layout)));
    return results;
  },
};

async function compare(
  ctx: BenchContext,
  cli: string,
  { root, from, to }: { root: string; from: string; to: string },
  layout: 'side-by-side' | 'unified',
): Promise<Result[]> {
  const folder = ctx.temporaryFolder('html');
  const [ourPage, theirPage] = [join(folder, 'ours.html'), join(folder, 'theirs.html')];
  const env = hermeticEnvironment();
  const ours = () =>
    ctx.spawn(
      process.execPath,
      [join(project, 'dist/cli.js'), 'git', 'diff', from, to, '--format', 'html', '--layout', layout, '--out', ourPage],
      { cwd: root, env },
    );
  // The peer is given the diff as a file: when it starts git itself it reads only the first megabyte. So git's time counts for us alone.
  const input = join(folder, 'input.diff');
  const { status, stdout } = spawnSync('git', ['diff', '-M', from, to], { cwd: root, env, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error('git diff failed');
  writeFileSync(input, stdout);
  // Its defaults, said aloud: word marks, no line matching, file list shown. Neither page is highlighted.
  const style = layout === 'unified' ? 'line' : 'side';
  const flags = ['-s', style, '--diffStyle', 'word', '--matching', 'none', '--summary', 'open', '--highlightCode', 'false', '-i', 'file'];
  const theirs = () => ctx.spawn(process.execPath, [cli, ...flags, '-F', theirPage, '--', input], { cwd: folder, env });
  const memory: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const measured = (run: () => Promise<ProcessRun>, into: number[]) => async () => {
    const { ms, peakRssBytes } = await run();
    into.push(peakRssBytes / 1e6);
    return ms;
  };
  const time = await ctx.pair(measured(ours, memory.ours), measured(theirs, memory.theirs), { rounds: 7 });
  const faster = ratios(time.raw.median, time.ours.median);
  const rows = {
    ours: rowsOf(readFileSync(ourPage, 'latin1'), layout, 'ours'),
    theirs: rowsOf(readFileSync(theirPage, 'latin1'), layout, 'theirs'),
  };
  const note = `rows ${rows.ours} and ${rows.theirs}; pages ${megabytes(ourPage)} and ${megabytes(theirPage)} MB`;
  return [
    {
      measure: `${layout}: time`,
      unit: 'ms',
      ...time,
      target: { atMost: layout === 'unified' ? 1 / 1.2 : 1 / 2 },
      note: `${faster} × faster; ${note}`,
    },
    {
      measure: `${layout}: peak memory`,
      unit: 'MB',
      ours: summarise(memory.ours),
      raw: summarise(memory.theirs),
      ratio: summarise(memory.ours.map((value, index) => value / (memory.theirs[index] ?? Number.NaN))),
      target: { atMost: 0.4 },
    },
  ];
}

function ratios(theirs: number, ours: number): string {
  return (theirs / ours).toFixed(2);
}

function megabytes(file: string): string {
  return (statSync(file).size / 1e6).toFixed(1);
}

/** Rows of lines and of hunk headers; diff2html's side-by-side page has two tables with one row each for ours with both. */
export function rowsOf(page: string, layout: 'side-by-side' | 'unified', whose: 'ours' | 'theirs'): number {
  if (whose === 'ours') return page.split('<tr\n').length - 1;
  const rows = page.slice(page.indexOf('<body')).split(/<tr>/).length - 1;
  return layout === 'side-by-side' ? rows / 2 : rows;
}

/** The diff2html command line, installed once in the cache outside the project. */
function peer(): string {
  const folder = join(cacheFolder(), 'peers', `diff2html-cli-${peerVersion}`);
  const cli = join(folder, 'node_modules/diff2html-cli/bin/diff2html.js');
  if (existsSync(cli)) return cli;
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--prefix', partial, '--no-audit', '--no-fund', '--ignore-scripts', `diff2html-cli@${peerVersion}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The peer could not be installed: ${stderr.slice(0, 500)}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return cli;
}
