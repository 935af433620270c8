// 10 000 changed files: the complete list with counts from a running server, against raw git.
import { diffList } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import { tenThousandChanged, tenThousandDirty } from '../support/repositories/large.ts';
import { type Bench, type BenchContext, type Result, ratioAtMost, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'diff-10k',
  target: 'complete list ≤ 1.2 × git diff --raw --numstat; ≤ 10 git processes',
  async run(ctx) {
    const files = ctx.size(10_000, 100);
    const { root, from, to } = await tenThousandChanged(files);
    const committed = await measure(ctx, root, { kind: 'commit', revision: from }, { kind: 'commit', revision: to }, [from, to]);
    const dirty = await tenThousandDirty(files);
    ctx.cleanup(() => dirty.dispose());
    const working = await measure(ctx, dirty.root, { kind: 'commit', revision: 'HEAD' }, { kind: 'worktree' }, ['HEAD']);
    return [
      ...committed.map((each) => ({ ...each, measure: `commits: ${each.measure}` })),
      ...working.map((each) => ({ ...each, measure: `work tree: ${each.measure}` })),
    ];
  },
};

async function measure(ctx: BenchContext, repository: string, from: Side, to: Side, args: string[]): Promise<Result[]> {
  const counter = ctx.countGit();
  const server = await ctx.startServer({ env: counter.env });
  // What git lists is what is compared: untracked files have no part in `git diff`.
  const options = { untracked: false };
  const list = (onPartial: (files: unknown[]) => void) =>
    server.send(diffList, { repository, from, to, options }, { onPartial: ({ files }) => onPartial(files) });
  counter.reset();
  await list(() => {});
  const processes = counter.count();
  const whole = await ctx.pair(
    () => list(() => {}),
    () => ctx.git(['diff', '--raw', '--numstat', '-z', '-M', ...args], { cwd: repository }),
    { rounds: 15, warmup: 2 },
  );
  const first = await ctx.pair(
    async () => {
      const start = performance.now();
      let at: number | undefined;
      await list((rows) => {
        if (rows.length > 0) at ??= performance.now();
      });
      return (at ?? Number.NaN) - start;
    },
    () => ctx.git(['diff', '--raw', '--numstat', '-z', '-M', ...args], { cwd: repository }),
    { rounds: 7 },
  );
  return [
    ratioAtMost('complete list', whole, 1.2),
    { measure: 'first rows', unit: 'ms', ...first },
    valueAtMost(
      'git processes of the first list',
      'processes',
      { median: processes, low: processes, high: processes, min: processes, max: processes, count: 1 },
      10,
    ),
  ];
}
