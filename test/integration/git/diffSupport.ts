// What the diff tests share: the server's handlers behind their router, in this process, results checked against the contract.
import { assemble } from '../../../server/assemble.ts';
import type { ChangedFile, Side } from '../../../server/protocol/gitTypes.ts';
import type { InputOf, PartialOf, RequestDefinition, ResultOf } from '../../../server/protocol/message.ts';
import type { Repository } from '../../support/repositories/repository.ts';

export interface Handlers {
  send<D extends RequestDefinition>(
    definition: D,
    params: InputOf<D>,
    how?: { signal?: AbortSignal; onPartial?: (partial: PartialOf<D>) => void; onProgress?: () => void },
  ): Promise<ResultOf<D>>;
  readonly services: ReturnType<typeof assemble>['services'];
  dispose(): void;
}

export function openHandlers(trusted = true): Handlers {
  process.env['HEARTH_CHECK_RESULTS'] = '1';
  const server = assemble({ log: () => {}, trusted, notify: () => {} });
  return {
    services: server.services,
    send: (definition, params, how = {}) =>
      server.router.dispatch(definition.method, params, {
        signal: how.signal ?? new AbortController().signal,
        session: server.services.session,
        partial: how.onPartial as ((value: unknown) => void) | undefined,
        progress: how.onProgress,
      }) as Promise<never>,
    dispose: () => server.dispose(),
  };
}

export const commit = (revision: string): Side => ({ kind: 'commit', revision });
export const index: Side = { kind: 'index' };
export const worktree: Side = { kind: 'worktree' };
export const empty: Side = { kind: 'empty' };
export const stash = (number = 0): Side => ({ kind: 'stash', index: number });

/** `git diff --numstat -z` as rows: additions, deletions (`-` for binary), old path where git says one, path. */
export function numstat(
  repository: Repository,
  ...args: string[]
): { additions: string; deletions: string; path: string; oldPath?: string }[] {
  const tokens = repository
    .gitBytes(['diff', '--numstat', '-z', '-M', ...args, '--'])
    .toString('latin1')
    .split('\0');
  const rows: ReturnType<typeof numstat> = [];
  for (let at = 0; at < tokens.length - 1; at++) {
    const [, additions = '', deletions = '', path = ''] = /^([^\t]*)\t([^\t]*)\t(.*)$/s.exec(tokens[at] as string) ?? [];
    if (path !== '') rows.push({ additions, deletions, path });
    else {
      rows.push({ additions, deletions, oldPath: tokens[at + 1] as string, path: tokens[at + 2] as string });
      at += 2;
    }
  }
  return rows;
}

/** The same of our rows; names as latin1 strings of their bytes. */
export function asNumstat(files: readonly ChangedFile[]): ReturnType<typeof numstat> {
  return files.map((file) => ({
    additions: file.binary ? '-' : String(file.additions),
    deletions: file.binary ? '-' : String(file.deletions),
    ...(file.oldPath === undefined ? {} : { oldPath: bytesOf(file.oldPath, file.oldPathBytes) }),
    path: bytesOf(file.path, file.pathBytes),
  }));
}

function bytesOf(path: string, pathBytes: string | undefined): string {
  return (pathBytes === undefined ? Buffer.from(path) : Buffer.from(pathBytes, 'base64')).toString('latin1');
}
