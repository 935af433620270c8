// Sixty visible lines of a file that was never blamed: when is the first one there, when all of them, while the rest goes on.
import { blame } from '../../server/protocol/git.ts';
import { blameInput, LONG_FILE } from './blameInput.ts';
import { type Bench, ratioAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'blame-first',
  target: 'first line ≤ 0.1 × whole raw blame, all 60 ≤ 1.15 × raw git blame -L of them',
  async run(ctx) {
    const { root, forget, lines } = await blameInput(ctx);
    const server = await ctx.startServer();
    const start = Math.floor(lines / 2);
    const visible = { start, end: start + 59 };
    const ignore = ['--ignore-revs-file', '.git-blame-ignore-revs'];
    /** Milliseconds until so many of the visible lines are there; the rest is cancelled. */
    const until = async (wanted: number): Promise<number> => {
      const abort = new AbortController();
      const seen = new Set<number>();
      const begin = performance.now();
      let took = Number.NaN;
      const onPartial = ({ runs }: { runs: { line: number[]; count: number[] } }) => {
        for (const [index, line] of runs.line.entries()) {
          for (let at = line; at < line + (runs.count[index] ?? 0); at++) if (at >= visible.start && at <= visible.end) seen.add(at);
        }
        if (seen.size < wanted || !Number.isNaN(took)) return;
        took = performance.now() - begin;
        abort.abort();
      };
      await server
        .send(blame, { repository: root, file: { path: LONG_FILE }, visible }, { onPartial, signal: abort.signal })
        .catch((error: unknown) => {
          if (!abort.signal.aborted) throw error;
        });
      return took;
    };
    const first = await ctx.pair(
      () => until(1),
      () => ctx.git(['blame', '--porcelain', ...ignore, '--', LONG_FILE], { cwd: root }),
      { rounds: 10, before: forget },
    );
    const all = await ctx.pair(
      () => until(60),
      () => ctx.git(['blame', '--porcelain', ...ignore, `-L${visible.start},${visible.end}`, '--', LONG_FILE], { cwd: root }),
      { rounds: 15, before: forget },
    );
    // How far back the newest of these lines lies is git's to find out: its own first entry is what can be had at best.
    const best = await ctx.pair(
      () => until(1),
      async () =>
        (await ctx.git(['blame', '--incremental', ...ignore, `-L${visible.start},${visible.end}`, '--', LONG_FILE], { cwd: root }))
          .firstByteMs,
      { rounds: 10, before: forget },
    );
    return [
      ratioAtMost('first visible line', first, 0.1, 'against the whole file'),
      { measure: 'the same, against the first entry of git itself', unit: 'ms', ...best },
      ratioAtMost('all 60 visible lines', all, 1.15, 'against -L'),
    ];
  },
};
