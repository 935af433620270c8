import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Grant } from '../protocol/trust.ts';
import * as protocol from '../protocol/trust.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { authorOf } from '../store/author.ts';
import type { Reader, StateStore } from '../store/types.ts';

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

function allGrants(reader: Reader): Grant[] {
  return reader.all<{ connection: 'hub'; repository: string; time: number }>(
    'select connection, repository, time from trust order by repository, connection',
  );
}

function keyOf(connection: string, repository: string): string {
  return `${connection}\0${repository}`;
}

/**
 * The git common directory of a work tree, by gitrepository-layout(5). Undefined when it is no work tree, and when the repository does not
 * know it: any folder can name a trusted repository as its own and bring attributes and configuration beside it.
 */
function commonDirOf(root: string): string | undefined {
  try {
    const dotGit = path.join(realpathSync(root), '.git');
    if (lstatSync(dotGit).isDirectory()) return dotGit;
    const [, named] = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(dotGit, 'utf8')) ?? [];
    return named === undefined ? undefined : commonDirBehind(dotGit, realpathSync(path.resolve(path.dirname(dotGit), named)));
  } catch {
    return undefined;
  }
}

/** Of a linked worktree, which its repository points back to, or of a submodule, whose directory is its own. */
function commonDirBehind(dotGit: string, gitDir: string): string | undefined {
  if (!existsSync(path.join(gitDir, 'commondir'))) return path.basename(gitDir) === '.git' ? undefined : gitDir;
  const common = realpathSync(path.resolve(gitDir, readFileSync(path.join(gitDir, 'commondir'), 'utf8').trim()));
  if (path.dirname(gitDir) !== path.join(common, 'worktrees')) return undefined;
  return realpathSync(readFileSync(path.join(gitDir, 'gitdir'), 'utf8').trim()) === dotGit ? common : undefined;
}
