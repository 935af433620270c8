import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hearthHome } from '../home.ts';
import { fileSignature } from './blameConfig.ts';
import type { Repository } from './repository.ts';

/**
 * Git dies of a `blame.ignoreRevsFile` that it cannot read, whatever else it is told on its command line, and a value of a configuration
 * file cannot be taken back. So git is shown other configuration files: the same without that one key, in a folder of ours that otherwise
 * links to the repository's own. Answers the environment that does so, for the files that can be stood in for.
 */
export async function withoutConfiguredLists(repository: Repository, origins: readonly string[]): Promise<Record<string, string>> {
  const { commonDir, gitDir } = repository.facts;
  const environment: Record<string, string> = {};
  for (const origin of new Set(origins)) {
    if (origin === '') continue;
    const copy = await copyWithout(repository, origin);
    if (origin === path.join(commonDir, 'config')) {
      Object.assign(environment, { GIT_DIR: gitDir, GIT_COMMON_DIR: await standIn(commonDir, copy), GIT_WORK_TREE: repository.root });
    } else if (isGlobal(origin)) environment['GIT_CONFIG_GLOBAL'] = copy;
    // An included file, or one of a linked worktree, has no stand-in: git's own sentence names the list then.
    else if (isSystem(origin)) environment['GIT_CONFIG_SYSTEM'] = copy;
  }
  return environment;
}

/** The user's own file; git reads either of two when it is not told which. */
function isGlobal(file: string): boolean {
  const home = os.homedir();
  const xdg = process.env['XDG_CONFIG_HOME'] ?? path.join(home, '.config');
  const named = process.env['GIT_CONFIG_GLOBAL'];
  return [path.join(home, '.gitconfig'), path.join(xdg, 'git', 'config'), ...(named === undefined ? [] : [path.resolve(named)])].includes(
    file,
  );
}

function isSystem(file: string): boolean {
  const named = process.env['GIT_CONFIG_SYSTEM'];
  return named === undefined ? file.endsWith(`${path.sep}etc${path.sep}gitconfig`) : file === path.resolve(named);
}

async function copyWithout(repository: Repository, file: string): Promise<string> {
  const text = await fs.readFile(file);
  const name = createHash('sha256').update(file).update('\0').update(text).digest('hex').slice(0, 24);
  const folder = path.join(hearthHome(), 'cache', 'blame');
  const copy = path.join(folder, `config-${name}`);
  if ((await fileSignature(copy)) !== '-') return copy;
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${copy}.${process.pid}`;
  await fs.writeFile(temporary, text, { mode: 0o600 });
  await repository.run(['config', '--file', temporary, '--unset-all', 'blame.ignoreRevsFile'], { accept: [0, 5] });
  await fs.rename(temporary, copy);
  return copy;
}

/** A folder that is the common directory but for its configuration. */
async function standIn(commonDir: string, config: string): Promise<string> {
  const folder = `${config}-folder`;
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const link = async (target: string, name: string) => {
    await fs.symlink(target, path.join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  };
  for (const name of await fs.readdir(commonDir)) {
    // Not this one: a link called HEAD means something else to git.
    if (name !== 'config' && name !== 'HEAD' && !name.endsWith('.lock')) await link(path.join(commonDir, name), name);
  }
  await fs.writeFile(path.join(folder, 'HEAD'), await fs.readFile(path.join(commonDir, 'HEAD')));
  await link(config, 'config');
  return folder;
}
