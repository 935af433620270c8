import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BenchContext, percentile, summarise } from '../../bench/harness.ts';
import { createRepository } from '../../support/repositories/repository.ts';

test('percentile interpolates and does not care for order', () => {
  expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
  expect(percentile([1, 2, 3], 0)).toBe(1);
  expect(percentile([1, 2, 3], 100)).toBe(3);
  expect(() => percentile([], 50)).toThrow();
});

test('a summary holds the middle half', () => {
  expect(summarise([5, 1, 2, 3, 4])).toEqual({ median: 3, low: 2, high: 4, min: 1, max: 5, count: 5 });
});

test('pairs are interleaved, who goes first changes, ratios are taken round by round', async () => {
  const ctx = new BenchContext(false);
  const order: string[] = [];
  let round = 0;
  const pair = await ctx.pair(
    () => {
      order.push('ours');
      return 10;
    },
    () => {
      order.push('raw');
      round += 1;
      return round * 10;
    },
    { rounds: 4, warmup: 0 },
  );
  expect(order).toEqual(['ours', 'raw', 'raw', 'ours', 'ours', 'raw', 'raw', 'ours']);
  expect(pair.ratio.max).toBe(1);
  expect(pair.ratio.min).toBe(0.25);
});

test('git processes are counted, those that git starts too', async () => {
  await using repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('Add a');
  const ctx = new BenchContext(true);
  const counter = ctx.countGit();
  await ctx.git(['log'], { cwd: repository.root, env: counter.env });
  expect(counter.count()).toBe(1);
  expect(counter.commands()).toEqual(['git log']);
  await ctx.git(['-c', 'alias.twice=!git log && git log', 'twice'], { cwd: repository.root, env: counter.env });
  expect(counter.count()).toBeGreaterThan(3);
  counter.reset();
  expect(counter.count()).toBe(0);
  await ctx.dispose();
});

test('a process is measured whole', async () => {
  const ctx = new BenchContext(true);
  // It lives until it was looked at.
  const seen = path.join(ctx.temporaryFolder('seen'), 'seen');
  const script =
    'console.log(Buffer.alloc(150e6, 1).length); const wait = () => require("fs").existsSync(process.argv[1]) || setTimeout(wait, 5); wait()';
  const run = await ctx.spawn(process.execPath, ['-e', script, seen], {
    cwd: import.meta.dirname,
    onOutput: () => setTimeout(() => writeFileSync(seen, ''), 50),
  });
  expect(run.stdoutBytes).toBe(10);
  expect(run.firstByteMs).toBeLessThanOrEqual(run.ms);
  if (process.platform === 'linux') expect(run.peakRssBytes).toBeGreaterThan(150e6);
  await expect(ctx.spawn(process.execPath, ['-e', 'process.exit(3)'], { cwd: import.meta.dirname })).rejects.toThrow('failed (3)');
  await ctx.dispose();
});

test('what is registered is cleaned up, last first', async () => {
  const ctx = new BenchContext(true);
  const folder = ctx.temporaryFolder('test');
  const seen: string[] = [];
  ctx.cleanup(() => seen.push('first'));
  ctx.cleanup(() => seen.push('second'));
  await ctx.dispose();
  expect(seen).toEqual(['second', 'first']);
  expect(() => readFileSync(folder)).toThrow(/ENOENT/);
});
