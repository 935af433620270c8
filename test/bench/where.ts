// From a line to the environments where it runs, in a history of 80 000 commits without a commit-graph file: in a running window, and from a
// command line that starts for it.
import { blame, discover } from '../../server/protocol/git.ts';
import { find } from '../../server/protocol/project.ts';
import { placed, where } from '../../server/protocol/where.ts';
import { cliPath } from '../support/cli.ts';
import { endHub } from '../support/hubProcess.ts';
import { writeLive } from '../support/liveRows.ts';
import { cached } from '../support/repositories/cache.ts';
import { FastImport, type Signature } from '../support/repositories/fastImport.ts';
import { Random } from '../support/repositories/random.ts';
import { hermeticEnvironment, Repository } from '../support/repositories/repository.ts';
import { type Bench, percentile, summarise, valueAtMost } from './harness.ts';

const files = 400;
const lines = 40;
const pathOf = (file: number): string => `src/part${file % 20}/file${file}.ts`;

/** A line a commit, and side branches that are merged again: a private clone is not needed, only its configuration is written. */
async function history(commits: number): Promise<Repository> {
  const root = await cached(`where-1-${commits}`, async (folder) => {
    const repository = new Repository(folder);
    repository.git('init', '--quiet', '--template=', '--initial-branch=main');
    repository.git('config', 'gc.auto', '0');
    const random = new Random(80);
    const texts = Array.from({ length: files }, (_, file) => Array.from({ length: lines }, (__, line) => `value ${file} ${line}`));
    const stream = new FastImport(folder);
    let tip: number | undefined;
    let side: number | undefined;
    for (let at = 0; at < commits; at++) {
      const who: Signature = { name: 'Ada Example', email: 'ada@example.test', time: 1_500_000_000 + at * 600, zone: '+0000' };
      const merging = side !== undefined && at % 25 === 24;
      const file = at % files;
      (texts[file] as string[])[random.below(lines)] = `changed by ${at}`;
      const text = `${(texts[file] as string[]).join('\n')}\n`;
      const parents = merging ? [tip as number, side as number] : tip === undefined ? [] : [tip];
      const mark = await stream.commit({
        ref: 'refs/heads/main',
        author: who,
        committer: who,
        message: `Change ${at} of file ${file}\n`,
        parents,
        changes: [{ kind: 'write', path: pathOf(file), mode: '100644', mark: stream.blob(pathOf(file), () => Buffer.from(text)) }],
      });
      if (at % 25 === 12) {
        side = await stream.commit({
          ref: 'refs/heads/side',
          author: who,
          committer: who,
          message: `Side ${at}\n`,
          parents: [mark],
          changes: [],
        });
      }
      tip = mark;
    }
    await stream.finish();
    repository.git('reset', '--quiet', '--hard', 'main');
  });
  return new Repository(root);
}

export const bench: Bench = {
  name: 'where',
  target: 'line → environments on 80 000 commits, p99 < 100 ms',
  async run(ctx) {
    const repository = await history(ctx.size(80_000, 500));
    const { root } = repository;
    const home = ctx.temporaryFolder('home');
    const all = repository.git('rev-list', 'main').split('\n');
    const ago = (count: number): string => all[Math.min(count, all.length - 1)] as string;
    // Six releases of five commits: from the newest to one of last year.
    await writeLive(home, repository, [
      { environment: 'preview', service: 'web', commit: ago(0) },
      { environment: 'production', service: 'api', commit: ago(2_000), paths: ['src/part1/**'] },
      { environment: 'production', service: 'web', commit: ago(1_000) },
      { environment: 'staging', service: 'api', commit: ago(50) },
      { environment: 'staging', service: 'web', commit: ago(50), paths: ['src/**'] },
      { environment: 'old', service: 'web', commit: ago(40_000) },
    ]);
    // Registered before the server: what is registered last is cleaned up first.
    ctx.cleanup(() => endHub(home));
    const server = await ctx.startServer({ env: { HEARTH_HOME: home } });
    await server.send(discover, { path: root });
    await server.send(find, { repository: root });
    const random = new Random(1);
    const screen = (): string[] => Array.from({ length: 60 }, () => random.pick(all));
    const line = () => ({ kind: 'line', path: pathOf(random.below(20)), line: random.between(1, lines) }) as const;
    // The hub writes down what is live a moment after it started.
    let releases = 0;
    let first = 0;
    while (releases === 0) {
      first = await ctx.time(async () => {
        releases = (await server.send(placed, { repository: root, commits: screen() })).releases.length;
      });
    }
    for (let file = 0; file < 20; file++) await server.send(blame, { repository: root, file: { path: pathOf(file) } });
    const walk = await ctx.git(['rev-list', 'main'], { cwd: root });
    const repeat = async (ask: () => Promise<unknown>): Promise<number[]> => {
      const times: number[] = [];
      for (let round = 0; round < ctx.size(300, 5); round++) times.push(await ctx.time(ask));
      return times;
    };
    const p99 = (name: string, times: readonly number[], atMost?: number) =>
      valueAtMost(`${name}, p99`, 'ms', summarise([percentile(times, 99)]), atMost, `median ${percentile(times, 50).toFixed(1)} ms`);
    const ofLines = await repeat(() => server.send(where, { repository: root, at: line() }));
    const ofCommits = await repeat(() => server.send(where, { repository: root, at: { kind: 'revision', rev: random.pick(all) } }));
    const ofScreens = await repeat(() => server.send(placed, { repository: root, commits: screen(), path: pathOf(1) }));
    const isAncestor = async (): Promise<number> =>
      (await ctx.git(['merge-base', '--is-ancestor', random.pick(all), ago(50)], { cwd: root, allowFailure: true })).ms;
    const raw = await ctx.sample(isAncestor, { rounds: 20 });
    const command = async (argument: string): Promise<number> => {
      const env = { ...hermeticEnvironment(), HEARTH_HOME: home };
      return (await ctx.spawn(process.execPath, [cliPath, 'where', argument, '--json'], { cwd: root, env })).ms;
    };
    const node = await ctx.sample(async () => (await ctx.spawn(process.execPath, ['-e', '0'], { cwd: root })).ms, { rounds: 10 });
    const recent = await ctx.sample(() => command(ago(random.below(200))), { rounds: 15 });
    const anyLine = await ctx.sample(() => command(`${pathOf(random.below(20))}:${random.between(1, lines)}`), { rounds: 15 });
    return [
      p99('a line of a file that was blamed', ofLines, 100),
      p99('a commit', ofCommits, 100),
      p99('60 commits of a list, for badges', ofScreens, 100),
      valueAtMost(
        'the one walk after something was deployed',
        'ms',
        summarise([first]),
        undefined,
        `${releases} releases; git rev-list alone ${walk.ms.toFixed(0)} ms`,
      ),
      valueAtMost('git merge-base --is-ancestor, one pair', 'ms', raw, undefined, 'what each badge would cost'),
      valueAtMost('hearth where COMMIT of the last 200, whole process', 'ms', recent),
      valueAtMost('hearth where FILE:LINE, whole process', 'ms', anyLine),
      valueAtMost('node alone', 'ms', node),
    ];
  },
};
