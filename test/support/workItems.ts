// A repository with work items, asked through the server of a window and the hub of a home of its own.

import type { InputOf } from '../../server/protocol/message.ts';
import { create, edit, type Item, type ItemRow, list, show } from '../../server/protocol/work.ts';
import { HubHome } from './hub.ts';
import { createRepository, type Repository } from './repositories/repository.ts';
import type { RequestError, TestServer } from './server.ts';

export interface WorkPlace {
  readonly home: HubHome;
  readonly server: TestServer;
  /** A new repository with a commit; disposed with the place. */
  repository(): Repository;
  create(repository: Repository, title: string, more?: Partial<InputOf<typeof create>>): Promise<Item>;
  show(repository: Repository, id: number): Promise<Item>;
  list(repository: Repository, filter?: InputOf<typeof list>['filter']): Promise<ItemRow[]>;
  edit(repository: Repository, id: number, fields: Omit<InputOf<typeof edit>, 'repository' | 'id'>): Promise<Item>;
  dispose(): Promise<void>;
}

export async function workPlace(): Promise<WorkPlace> {
  // Whoever runs the tests has a name of their own.
  const home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  const server = await home.window();
  const repositories: Repository[] = [];
  return {
    home,
    server,
    repository: () => {
      const repository = createRepository();
      repositories.push(repository);
      repository.write('a.txt', `${repository.root}\n`);
      repository.commit('First');
      repository.git('config', 'user.name', 'Ada Lovelace');
      return repository;
    },
    create: async ({ root }, title, more = {}) => (await server.send(create, { repository: root, title, ...more })).item,
    show: async ({ root }, id) => (await server.send(show, { repository: root, id })).item,
    list: async ({ root }, filter = {}) => (await server.send(list, { repository: root, filter })).items ?? [],
    edit: async ({ root }, id, fields) => (await server.send(edit, { repository: root, id, ...fields })).item,
    dispose: async () => {
      for (const repository of repositories) repository.dispose();
      await home.dispose();
    },
  };
}

/** Reason and sentence that a request was refused with. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ reason: string | undefined; message: string; hint: string | undefined }> {
  const error = await request.then(
    () => undefined,
    (thrown: RequestError) => thrown,
  );
  if (error === undefined) throw new Error('It was not refused.');
  return { reason: error.data?.reason, message: error.message, hint: error.data?.hint };
}
