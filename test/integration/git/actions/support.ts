// What the tests of actions share: a repository opened as a trusted window would, and everything of it that a user could see.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { type Repository as Opened, Repositories } from '../../../../server/git/repository.ts';
import { Session } from '../../../../server/rpc/session.ts';
import {
  createRepository,
  hermeticEnvironment,
  type Repository,
  type RepositoryOptions,
} from '../../../support/repositories/repository.ts';

export const signal = new AbortController().signal;

/** Git of this process is hermetic, with an identity; repositories made and opened through the answer go away after each test. */
export function actionTests() {
  const files: Repository[] = [];
  let repositories = new Repositories();
  let saved: NodeJS.ProcessEnv = {};
  beforeEach(() => {
    saved = { ...process.env };
    for (const name of Object.keys(process.env)) if (/^(GIT_|LC_)/.test(name)) delete process.env[name];
    Object.assign(process.env, hermeticEnvironment(), {
      GIT_AUTHOR_NAME: 'Ada Example',
      GIT_AUTHOR_EMAIL: 'ada@example.test',
      GIT_COMMITTER_NAME: 'Ada Example',
      GIT_COMMITTER_EMAIL: 'ada@example.test',
    });
    repositories = new Repositories();
  });
  afterEach(() => {
    repositories.dispose();
    for (const each of files.splice(0)) each.dispose();
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  });
  return {
    create(options: RepositoryOptions = {}): Repository {
      const made = createRepository(options);
      files.push(made);
      return made;
    },
    open: (root: string): Promise<Opened> => repositories.at(root, new Session(true)),
  };
}

/** HEAD, branches, configuration of branches, index, operation, and every file with its bytes and mode. */
export function seen(repository: Repository, root = repository.root): Record<string, unknown> {
  const git = (...args: string[]) => repository.tryGit(args, { cwd: root }).stdout.toString('latin1');
  return {
    head: git('symbolic-ref', '-q', 'HEAD') || git('rev-parse', 'HEAD'),
    branches: git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags').split('\n'),
    config: git('config', '--local', '--get-regexp', '^branch\\.').split('\n').sort(),
    index: git('ls-files', '--stage', '-z').split('\0'),
    status: git('status', '--porcelain=v2', '-z').split('\0'),
    merging: git('rev-parse', '-q', '--verify', 'MERGE_HEAD'),
    stash: git('stash', 'list', '--format=%H').trim(),
    files: filesOf(root),
  };
}

/** Path (latin1) → mode and bytes. */
export function filesOf(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (folder: Buffer, prefix: string) => {
    for (const entry of readdirSync(folder, { encoding: 'buffer', withFileTypes: true })) {
      const name = entry.name.toString('latin1');
      if (prefix === '' && name === '.git') continue;
      const file = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      if (entry.isDirectory()) walk(file, `${prefix}${name}/`);
      else if (entry.isSymbolicLink()) found[prefix + name] = `link ${readlinkSync(file, { encoding: 'latin1' })}`;
      else found[prefix + name] = `${(lstatSync(file).mode & 0o111) === 0 ? 'file' : 'program'} ${readFileSync(file, 'latin1')}`;
    }
  };
  walk(Buffer.from(root), '');
  return found;
}
