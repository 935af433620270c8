// What the hooks of Hearth add to a commit in a terminal when nothing is wrong: an item's branch, its entry staged, one changed file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from '../support/cli.ts';
import { createRepository } from '../support/repositories/repository.ts';
import { type Bench, type Summary, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'hook',
  target: 'hooks add < 150 ms to a commit when nothing is wrong',
  async run(ctx) {
    const repository = createRepository();
    ctx.cleanup(() => repository.dispose());
    const home = mkdtempSync(join(tmpdir(), 'hearth-bench-home-'));
    ctx.cleanup(() => rmSync(home, { recursive: true, force: true }));
    const env = { HEARTH_HOME: home, GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' };
    for (let at = 0; at < ctx.size(2_000, 20); at++) repository.write(`src/d${at % 50}/f${at}.ts`, `export const value${at} = ${at};\n`);
    repository.commit('Files');
    repository.git('switch', '-q', '-c', 'work/12-bench');
    repository.git('config', 'branch.work/12-bench.hearthItem', '12');
    repository.write('changes/12.md', '### Added\n\nA bench.\n');
    repository.git('add', '.');
    const { code, stderr } = await cli(['hooks', 'install'], { cwd: repository.root, env });
    if (code !== 0) throw new Error(stderr);
    let count = 0;
    const commit = async (...before: string[]): Promise<number> => {
      count += 1;
      writeFileSync(repository.path('src/d0/f0.ts'), `export const value0 = ${count};\n`);
      const { ms } = await ctx.git([...before, 'commit', '--quiet', '-a', '-m', `Commit ${count}`], { cwd: repository.root, env });
      return ms;
    };
    const without = () => commit('-c', 'core.hooksPath=/dev/null');
    const added: Summary = await ctx.sample(async () => (await commit()) - (await without()), { rounds: 15, warmup: 2 });
    if (!repository.git('log', '-2', '--format=%B').includes('Hearth-Item: 12')) throw new Error('the hooks did not run');
    repository.git('config', '--unset', 'branch.work/12-bench.hearthItem');
    repository.git('branch', '-m', 'topic');
    const plain = await ctx.sample(async () => (await commit()) - (await without()), { rounds: 15, warmup: 2 });
    const node = await ctx.sample(async () => (await ctx.spawn(process.execPath, ['-e', '0'], { cwd: repository.root })).ms, {
      rounds: 15,
    });
    return [
      valueAtMost('added to a commit of an item', 'ms', added, 150),
      valueAtMost('added to a commit of no item', 'ms', plain, 150),
      valueAtMost('node alone', 'ms', node, undefined, 'what one start costs here: a commit has one'),
    ];
  },
};
