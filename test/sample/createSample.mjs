// Makes the sample repository: "shop", a small web shop with a believable past. `npm start`, ring 1 and the screenshots open it.
//
//   node test/sample/createSample.mjs DIR
//   import { createSample } from '…/createSample.mjs'; await createSample(folder);
//
// Plain Node 20 and git, no packages. The same commit ids on every machine: dates are fixed, the user's git configuration is not read,
// and the ids git answers are compared with the ones computed here.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { History } from './history.mjs';
import { beginnings } from './story/beginnings.mjs';
import { deployment } from './story/deployment.mjs';
import { growth } from './story/growth.mjs';
import { leftovers, unfinished } from './story/leftovers.mjs';
import { maturity } from './story/maturity.mjs';

export async function createSample(folder) {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  mkdirSync(folder, { recursive: true });
  const history = new History();
  beginnings(history);
  growth(history);
  maturity(history);
  unfinished(history);
  deployment(history);

  // An empty template: no hooks, and no description file of this machine.
  git(folder, ['init', '--quiet', '--template=', '--initial-branch=main']);
  git(folder, ['fast-import', '--quiet', '--date-format=raw'], history.stream());
  for (const [ref, id] of history.refs) {
    const found = git(folder, ['rev-parse', `${ref}^{commit}`]).trim();
    if (found !== id) throw new Error(`${ref} is ${found}, expected ${id}`);
  }
  for (const setting of leftovers.configuration) git(folder, ['config', ...setting]);
  git(folder, ['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main']);
  git(folder, ['reset', '--quiet', '--hard', 'main']);
  // `stash store` makes the reflog entry that `git stash list` reads; the commit itself came with the import.
  git(folder, ['stash', 'store', '--message', leftovers.stashMessage, history.id('stash')]);
  git(folder, ['update-ref', '-d', 'refs/sample/stash']);

  for (const { path, text, stage } of leftovers.workingTree(history)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    if (stage) git(folder, ['add', '--', path]);
  }
}

function git(folder, args, input = '') {
  const time = '1763040000 +0000';
  const env = {
    PATH: process.env.PATH,
    ...(process.platform === 'win32' ? { SYSTEMROOT: process.env.SYSTEMROOT } : {}),
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
    GIT_DEFAULT_HASH: 'sha1',
    GIT_DEFAULT_REF_FORMAT: 'files',
    GIT_AUTHOR_DATE: time,
    GIT_COMMITTER_DATE: time,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: folder, env, input, maxBuffer: 1 << 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args.join(' ')} failed: ${stderr}`);
  return stdout.toString();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder) {
    console.error('usage: node test/sample/createSample.mjs DIR');
    process.exitCode = 2;
  } else {
    await createSample(resolve(folder));
    console.log(`The sample shop is in ${resolve(folder)}`);
  }
}
