// One file with a history that is as knotty as a small one can be; everything follows from the seed.
import { existsSync, readFileSync } from 'node:fs';
import { Random } from './random.ts';
import type { Repository } from './repository.ts';

/** A commit and the path of the file in it. */
export interface RandomCommit {
  readonly id: string;
  readonly paths: readonly string[];
}

/** Writes 30 to 40 commits on one file: branches, merges (also evil and octopus-free conflicts), reverts, renames and duplicated lines. */
export function randomHistory(repository: Repository, seed: number): RandomCommit[] {
  const random = new Random(seed);
  const words = ['', '}', '{', 'return;', 'alpha', 'beta', 'gamma', 'delta', 'if (x)', 'else'];
  const line = () => (random.chance(0.5) ? (words[random.below(words.length)] as string) : `line ${random.below(1000)}`);
  let text = Array.from({ length: 25 }, line);
  const commits: RandomCommit[] = [];
  let path = 'file.txt';
  const read = () => (existsSync(repository.path(path)) ? readFileSync(repository.path(path), 'utf8').replace(/\n$/, '').split('\n') : []);
  const save = (message: string) => {
    repository.write(path, `${text.join('\n')}\n`);
    const id = repository.commit(message, { author: { name: `Person ${random.below(4)}`, email: 'p@example.test' } });
    commits.push({ id, paths: [path] });
  };
  const edit = () => {
    for (let count = random.between(1, 3); count > 0; count--) {
      const at = random.below(text.length + 1);
      const added = Array.from({ length: random.below(4) }, line);
      text.splice(at, random.below(3), ...added);
    }
    if (text.length < 5) text.push(line(), line(), line(), line(), line());
  };
  save('Root');
  for (let step = 0; step < 30; step++) {
    const roll = random.below(10);
    if (roll < 5) {
      edit();
      save(`Edit ${step}`);
    } else if (roll === 5 && commits.length > 2) {
      const outcome = repository.tryGit(['revert', '--no-edit', `HEAD~${random.below(2)}`]);
      if (outcome.status !== 0) repository.tryGit(['revert', '--abort']);
      text = read();
      commits.push({ id: repository.head(), paths: [path] });
    } else if (roll === 6) {
      const next = path === 'file.txt' ? 'renamed.txt' : 'file.txt';
      repository.git('mv', path, next);
      path = next;
      if (random.chance(0.5)) edit();
      save(`Rename ${step}`);
    } else if (commits.length > 1) {
      // A side branch from some commits ago, merged one way or the other.
      const main = repository.head();
      const back = random.between(1, Math.min(4, Number(repository.git('rev-list', '--count', '--first-parent', 'HEAD')) - 1) || 1);
      if (repository.tryGit(['rev-parse', '--verify', '-q', `HEAD~${back}`]).status !== 0) continue;
      repository.git('switch', '-q', '--detach', `HEAD~${back}`);
      const before = path;
      path = existsSync(repository.path('file.txt')) ? 'file.txt' : 'renamed.txt';
      text = read();
      for (let count = random.between(1, 2); count > 0; count--) {
        edit();
        save(`Side ${step}`);
      }
      const side = repository.head();
      const ontoSide = random.chance(0.4);
      repository.git('switch', '-q', '--detach', ontoSide ? side : main);
      repository.tryGit(['merge', '--no-commit', '-X', random.chance(0.5) ? 'ours' : 'theirs', ontoSide ? main : side]);
      path = existsSync(repository.path(before)) ? before : before === 'file.txt' ? 'renamed.txt' : 'file.txt';
      text = read().filter((each) => !/^(<{7}|={7}|>{7})/.test(each));
      if (random.chance(0.3)) edit(); // evil
      if (text.length === 0) text = ['empty'];
      repository.remove(path === 'file.txt' ? 'renamed.txt' : 'file.txt');
      save(`Merge ${step}`);
      repository.git('branch', '-f', 'main', 'HEAD');
      repository.git('switch', '-q', 'main');
    }
  }
  return commits;
}
