// A repository, a home with a hub, and a window's server: what every test of work items and git needs.
import { readFileSync } from 'node:fs';
import type { InputOf, RequestDefinition, ResultOf } from '../../../server/protocol/message.ts';
import * as work from '../../../server/protocol/work.ts';
import * as flow from '../../../server/protocol/workFlow.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type Repository, type RepositoryOptions } from '../../support/repositories/repository.ts';
import type { RequestError, TestServer } from '../../support/server.ts';

export class WorkBench {
  readonly home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' });
  readonly repositories: Repository[] = [];
  server!: TestServer;

  async open(): Promise<this> {
    this.server = await this.home.window();
    return this;
  }

  /** With an identity, a first commit on main, and rules that ask for nothing unless told. */
  repository(
    rules = 'changelog:\n  required: off\ncomplete:\n  notes: false\n  checklist: false\n',
    options: RepositoryOptions = {},
  ): Repository {
    const repository = createRepository(options);
    this.repositories.push(repository);
    repository.git('config', 'user.name', 'Ada Example');
    repository.git('config', 'user.email', 'ada@example.test');
    repository.write('a.txt', 'one\ntwo\nthree\n');
    if (rules !== '') repository.write('.hearth/work.yaml', rules);
    repository.commit('First');
    return repository;
  }

  send<D extends RequestDefinition>(definition: D, params: InputOf<D>): Promise<ResultOf<D>> {
    return this.server.send(definition, params);
  }

  /** What a request was refused with. */
  async refusal<D extends RequestDefinition>(definition: D, params: InputOf<D>): Promise<RequestError> {
    try {
      await this.send(definition, params);
    } catch (error) {
      return error as RequestError;
    }
    throw new Error(`${definition.method} was not refused`);
  }

  async plan(repository: Repository, title = 'Faster login', more: Partial<InputOf<typeof work.create>> = {}): Promise<work.Item> {
    return (await this.send(work.create, { repository: repository.root, title, checklist: [], ...more })).item;
  }

  async start(repository: Repository, id: number, more: Partial<InputOf<typeof flow.start>> = {}): Promise<ResultOf<typeof flow.start>> {
    return this.send(flow.start, { repository: repository.root, id, ...more });
  }

  async show(repository: Repository, id: number): Promise<work.Item> {
    return (await this.send(work.show, { repository: repository.root, id })).item;
  }

  /** An item that is started, with one commit on its branch. */
  async started(repository: Repository, file = 'login.txt', title = 'Faster login'): Promise<{ item: work.Item; branch: string }> {
    const { id } = await this.plan(repository, title);
    const { item, branch } = await this.start(repository, id);
    repository.write(file, 'fast\n');
    repository.git('add', '-A');
    await this.send(flow.commit, { repository: repository.root, message: 'feat: faster login' });
    return { item, branch };
  }

  async dispose(): Promise<void> {
    await this.home.dispose();
    for (const repository of this.repositories) repository.dispose();
  }
}

/** Everything of a repository that a person would miss: refs (not the undo records), HEADs, index, files, worktrees, links to items. */
export function stateOf(repository: Repository, ...others: string[]): Record<string, unknown> {
  const places = [repository.root, ...others];
  return {
    refs: repository.git('for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags', 'refs/remotes', 'refs/stash'),
    worktrees: repository.git('worktree', 'list', '--porcelain'),
    items: repository.tryGit(['config', '--local', '--get-regexp', '^branch\\.']).stdout.toString(),
    places: places.map((cwd) => ({
      head: repository.tryGit(['symbolic-ref', '--quiet', 'HEAD'], { cwd }).stdout.toString(),
      index: repository.gitBytes(['ls-files', '--stage'], { cwd }).toString(),
      status: repository.gitBytes(['status', '--porcelain'], { cwd }).toString(),
      files: Object.fromEntries(
        repository
          .gitBytes(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd })
          .toString()
          .split('\0')
          .filter((name) => name !== '')
          .map((name) => [name, contentOf(`${cwd}/${name}`)]),
      ),
    })),
  };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'base64');
  } catch {
    return undefined;
  }
}
