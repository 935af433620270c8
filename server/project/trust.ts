import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Grant } from '../protocol/trust.ts';
import * as protocol from '../protocol/trust.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import type { Author, Reader, StateStore } from '../store/types.ts';

/** Standing trust per (connection, repository), for connections that cannot vouch for what they ask. Kept in the store, known by heart. */
export class Trust {
  #known = new Set<string>();

  /** Reads what is granted, and again after every change of state: a restore may take a grant back. */
  async load(store: StateStore): Promise<void> {
    const read = async () => {
      const grants = await store.read(allGrants);
      this.#known = new Set(grants.map(({ connection, repository }) => keyOf(connection, repository)));
    };
    await read();
    // A store that has failed trusts nobody any more.
    store.onAppended(() => void read().catch(() => this.#known.clear()));
  }

  /** Whether that connection may run what the repository of this work tree configures. Reads only which repository it is. */
  trusts(connection: string, root: string): boolean {
    if (this.#known.size === 0) return false;
    const repository = commonDirOf(root);
    return repository !== undefined && this.#known.has(keyOf(connection, repository));
  }
}

export function trustHandlers({ repositories, store }: { repositories: Services['repositories']; store: StateStore }): Registration[] {
  return [
    handle(protocol.list, async () => ({ grants: await store.read(allGrants) })),
    handle(protocol.give, async ({ repository: root, connection }, context) => {
      const { commonDir } = (await repositories.containing(root, context.session)).repository.facts;
      return store.write(authorOf(context), (transaction) => {
        const changed =
          transaction.run('insert into trust (connection, repository, time) values (?, ?, ?) on conflict do nothing', [
            connection,
            commonDir,
            transaction.now,
          ]) > 0;
        if (changed) transaction.event({ entity: 'trust', entityId: commonDir, kind: 'granted', payload: { connection } });
        const time = transaction.get<{ time: number }>('select time from trust where connection = ? and repository = ?', [
          connection,
          commonDir,
        ])?.time;
        return { grant: { connection, repository: commonDir, time: time ?? transaction.now }, changed };
      });
    }),
    handle(protocol.revoke, ({ repository, connection }, context) => {
      const named = [repository, commonDirOf(repository) ?? repository];
      return store.write(authorOf(context), (transaction) => {
        const found = allGrants(transaction).filter((each) => each.connection === connection && named.includes(each.repository));
        for (const each of found) {
          transaction.run('delete from trust where connection = ? and repository = ?', [connection, each.repository]);
          transaction.event({ entity: 'trust', entityId: each.repository, kind: 'revoked', payload: { connection } });
        }
        return { changed: found.length > 0 };
      });
    }),
  ];
}

function authorOf({ session, correlationId, key }: Context): Author {
  return { actor: session.actor, correlationId, key };
}

function allGrants(reader: Reader): Grant[] {
  return reader.all<{ connection: 'hub'; repository: string; time: number }>(
    'select connection, repository, time from trust order by repository, connection',
  );
}

function keyOf(connection: string, repository: string): string {
  return `${connection}\0${repository}`;
}

/**
 * The git common directory of a work tree, by gitrepository-layout(5): `.git`, or where the file `.git` points to, and there `commondir`.
 * Undefined when it is no work tree.
 */
function commonDirOf(root: string): string | undefined {
  try {
    const dotGit = path.join(root, '.git');
    if (statSync(dotGit).isDirectory()) return realpathSync(dotGit);
    const [, named] = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(dotGit, 'utf8')) ?? [];
    return named === undefined ? undefined : commonDirAt(path.resolve(root, named));
  } catch {
    return undefined;
  }
}

function commonDirAt(gitDir: string): string | undefined {
  const own = realpathSync(gitDir);
  const named = path.join(own, 'commondir');
  // A submodule's, which has no worktrees.
  if (!existsSync(named)) return own;
  const common = realpathSync(path.resolve(own, readFileSync(named, 'utf8').trim()));
  // Any folder can name a trusted repository as its own and bring configuration beside it: only those in there are its worktrees.
  return path.dirname(own) === path.join(common, 'worktrees') ? common : undefined;
}
