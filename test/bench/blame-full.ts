// A whole file blamed for the first time by a running server, rows streamed to the client, against git itself.
import { blame } from '../../server/protocol/git.ts';
import { blameInput, LONG_FILE } from './blameInput.ts';
import { type Bench, ratioAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'blame-full',
  target: '≤ 1.10 × git blame --porcelain, file of ≥ 5 000 lines with a long history',
  async run(ctx) {
    const { root, forget, lines } = await blameInput(ctx);
    const server = await ctx.startServer();
    const ignore = ['--ignore-revs-file', '.git-blame-ignore-revs'];
    const pair = await ctx.pair(
      async () => {
        let rows = 0;
        const onPartial = ({ runs }: { runs: { count: number[] } }) => {
          for (const count of runs.count) rows += count;
        };
        const { lineCount } = await server.send(blame, { repository: root, file: { path: LONG_FILE } }, { onPartial });
        if (rows !== lineCount) throw new Error(`${rows} of ${lineCount} lines came`);
      },
      () => ctx.git(['blame', '--porcelain', ...ignore, '--', LONG_FILE], { cwd: root }),
      { rounds: 10, before: forget },
    );
    return [ratioAtMost('whole file', pair, 1.1, `${lines} lines`)];
  },
};
