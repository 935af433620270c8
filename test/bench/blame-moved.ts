// HEAD moves and the file that was blamed before is blamed again: commits ahead, a merge, another branch. Every line must equal git's.
import { blame } from '../../server/protocol/git.ts';
import { gitBlame, ourBlame } from '../support/blame.ts';
import { blameInput, LONG_FILE } from './blameInput.ts';
import { type Bench, type BenchContext, type Result, ratioAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'blame-moved',
  target: '1, 50, 500 commits: ≤ 0.05 ×, ≤ 0.1 ×, ≤ 0.3 × a whole git blame; merge and switch ≤ 0.3 ×; every line equal',
  async run(ctx) {
    const { repository, root, forget } = await blameInput(ctx);
    const tip = repository.head();
    const at = (back: number) => repository.head(`${tip}~${back}`);
    const most = ctx.smoke ? 20 : 500;
    // A branch from 200 commits ago with one commit on it, and the merge of it.
    const fork = at(ctx.smoke ? 10 : 200);
    repository.git('switch', '-q', '-c', 'bench-side', fork);
    repository.write(LONG_FILE, `// on the side\n${repository.git('cat-file', 'blob', `HEAD:${LONG_FILE}`)}\n`);
    const side = repository.commit('On the side', { stage: 'all' });
    repository.git('switch', '-q', '--detach', tip);
    repository.git('merge', '-q', '--no-edit', '-X', 'ours', side);
    const merge = repository.head();
    const moves: [name: string, from: string, to: string, atMost: number][] = [
      ['1 commit', at(1), tip, 0.05],
      ['50 commits', at(Math.min(50, most)), tip, 0.1],
      ['500 commits', at(most), tip, 0.3],
      ['a merge', tip, merge, 0.3],
      ['switch to a branch from 200 commits ago', tip, side, 0.3],
      ['and back', side, tip, 0.3],
    ];
    const results: Result[] = [];
    for (const options of [{ ignoreRevs: false }]) {
      for (const [name, from, to, atMost] of moves) results.push(await move(ctx, { root, forget, name, from, to, atMost, options }));
    }
    return results;
  },
};

interface Move {
  root: string;
  forget: () => void;
  name: string;
  from: string;
  to: string;
  atMost: number;
  options: { ignoreRevs: boolean };
}

async function move(ctx: BenchContext, { root, forget, name, from, to, atMost, options }: Move): Promise<Result> {
  const server = await ctx.startServer();
  const file = { path: LONG_FILE };
  let compared: boolean | undefined;
  const pair = await ctx.pair(
    async () => {
      const begin = performance.now();
      const result = await server.send(blame, { repository: root, file, revision: to, options });
      const took = performance.now() - begin;
      compared ??= JSON.stringify(ourBlame(result)) === JSON.stringify(gitBlame(root, ['--ignore-revs-file', '', to, '--', LONG_FILE]));
      return took;
    },
    () => ctx.git(['blame', '--porcelain', to, '--', LONG_FILE], { cwd: root }),
    {
      rounds: 3,
      warmup: 0,
      before: async () => {
        forget();
        await server.send(blame, { repository: root, file, revision: from, options });
      },
    },
  );
  await server.close();
  if (compared !== true) throw new Error(`${name}: a line differs from git's`);
  return ratioAtMost(`HEAD moved by ${name}`, pair, atMost, 'every line equal');
}
