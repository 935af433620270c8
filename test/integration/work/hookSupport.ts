import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type CliOutcome, cli, jsonLines } from '../../support/cli.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type GitOutcome, type Repository, type RepositoryOptions } from '../../support/repositories/repository.ts';

const letters = (count: number) => 'q7Zk2mXw9PdLr4TsVb6NyHc3GfJ8aEeR'.repeat(10).slice(0, count);
/** Made up here, so that no file holds one. */
export const secret = `ghp_${letters(36)}`;

/** A repository with a home of its own, used from the terminal. */
export class Terminal {
  readonly repository: Repository;
  /** A quote and a blank: the scripts must survive them. */
  readonly home: HubHome;

  constructor(options: RepositoryOptions = {}) {
    this.repository = createRepository(options);
    this.home = new HubHome();
  }

  get env(): Record<string, string> {
    return this.home.env;
  }

  hearth(...args: string[]): Promise<CliOutcome> {
    return cli(args, { cwd: this.repository.root, env: this.env });
  }

  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await this.hearth(...args, '--json');
    const [first] = jsonLines(stdout);
    if (first === undefined) throw new Error(stderr);
    return first as T;
  }

  /** Git as a person runs it: hooks find this home. */
  git(args: readonly string[], env: Record<string, string> = {}, cwd = this.repository.root): GitOutcome {
    return this.repository.tryGit(args, { env: { ...this.env, ...env }, cwd });
  }

  commit(message: string, ...more: string[]): GitOutcome {
    return this.git(['commit', '-m', message, ...more]);
  }

  /** Says that the branch that is checked out is that of an item. */
  link(item: number): void {
    const branch = this.repository.git('symbolic-ref', '--short', 'HEAD');
    this.repository.git('config', `branch.${branch}.hearthItem`, String(item));
  }

  hook(name: string, text: string | Buffer, mode = 0o755, folder = '.git/hooks'): void {
    this.repository.write(`${folder}/${name}`, text);
    chmodSync(this.repository.path(folder, name), mode);
  }

  async dispose(): Promise<void> {
    await this.home.dispose();
    this.repository.dispose();
  }
}

/** Everything in a folder: names, kinds, modes, bytes. */
export function snapshot(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const file = join(folder, name);
    const stats = lstatSync(file);
    const content = stats.isSymbolicLink() ? `→ ${readlinkSync(file)}` : stats.isFile() ? readFileSync(file).toString('base64') : 'folder';
    files[name] = `${stats.mode.toString(8)} ${content}`;
  }
  return files;
}
