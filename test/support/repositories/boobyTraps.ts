// Booby traps: a repository whose own configuration runs a program when somebody merely reads it. One per configuration key.
// The table is `trapKinds.ts`; its `springsWith` names the plain git commands that were seen to spring it with git 2.39. A unit test springs
// them again, so that "it did not spring under Hearth" means something.
//
//   using repository = trapRepository();
//   const trap = plantTrap(repository, 'core.fsmonitor');
//   … read through Hearth …
//   expect(trap.sprung()).toBe(false);
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRepository, type GitOutcome, type Repository, temporaryFolder } from './repository.ts';
import { type ReadCommand, readCommands, traps } from './trapKinds.ts';

export { traps } from './trapKinds.ts';

export interface Trap {
  key: string;
  /** Has any program of the trap run? */
  sprung(): boolean;
  /** Arms it again. */
  reset(): void;
  /** The file that springing makes; outside the repository. */
  marker: string;
  /** The folder in which reading springs it, absolute. */
  cwd: string;
}

/** Runs it with plain git, where the trap lies. */
export function runReadCommand(repository: Repository, command: ReadCommand, trap?: Trap): GitOutcome {
  return repository.tryGit(readCommands[command], { cwd: trap?.cwd ?? repository.root });
}

/**
 * A repository that gives every trap its occasion: `a.txt` with three commits and an unsaved-looking work tree, a branch `side` that conflicts,
 * a stash. Blobs are loose, so that a trap can take one away.
 */
export function trapRepository(): Repository {
  const repository = createRepository();
  repository.write('a.txt', 'line 1\n');
  repository.write('b.txt', 'line 1\n');
  repository.commit('First');
  repository.git('branch', 'side');
  repository.write('a.txt', 'line 1\nline 2\n');
  repository.commit('Second');
  repository.write('a.txt', 'line 1\nline 2\nline 3\n');
  repository.commit('Third');
  repository.git('checkout', '--quiet', 'side');
  repository.write('a.txt', 'other line\n');
  repository.commit('On the side');
  repository.git('checkout', '--quiet', 'main');
  repository.write('b.txt', 'stashed\n');
  repository.git('stash', '--quiet');
  repository.write('a.txt', 'line 1\nline 2 in the work tree\nline 3\n');
  return repository;
}

/** Plants one trap; its programs and marker go away with the repository. */
export function plantTrap(repository: Repository, key: string): Trap {
  const kind = traps.find((each) => each.key === key);
  if (kind === undefined) throw new Error(`no trap for ${key}`);
  const folder = repository.attach(temporaryFolder('trap'));
  const marker = join(folder, 'sprung');
  let programs = 0;
  const file = (path: string, contents: string, executable = false): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
    if (executable) chmodSync(path, 0o755);
  };
  kind.plant({
    repository,
    config: (name, value) => {
      repository.git('config', '--add', name, value);
    },
    attributes: (line) => file(repository.path('.git/info/attributes'), `* ${line}\n`),
    program: (body = '') => {
      programs += 1;
      const path = join(folder, `program${programs}`);
      file(path, `#!/bin/sh\ntouch '${marker}'\n${body}\n`, true);
      return path;
    },
    file: (path, contents, executable) => file(repository.path(path), contents, executable),
  });
  // Planting uses git itself, which may have walked into the trap.
  rmSync(marker, { force: true });
  return {
    key,
    marker,
    cwd: repository.path(kind.cwd ?? ''),
    sprung: () => existsSync(marker),
    reset: () => rmSync(marker, { force: true }),
  };
}
