import { readWorkConfig, type WorkConfig } from '../config/workConfig.ts';
import { inTurn, type Repository, readBranchItems, readHead, recorded } from '../git/index.ts';
import * as protocol from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { assembleFragments, entryStateOf, stateOfFragments, writeEntry } from './changelog.ts';
import { type Place, readFragments } from './changelogFiles.ts';

/** What one request about the change log works on. */
interface Work {
  readonly repository: Repository;
  readonly config: WorkConfig;
  readonly signal: AbortSignal;
}

export function changelogHandlers({ repositories }: Services): Registration[] {
  const workOn = async (root: string, { session, signal }: Context<never>): Promise<Work> => {
    const { repository } = await repositories.containing(root, session);
    const { config } = await readWorkConfig(repository.root);
    return { repository, config, signal };
  };
  return [
    handle(protocol.changelogList, async ({ repository: root }, context) => {
      const { repository, config, signal } = await workOn(root, context);
      const files = await readFragments(repository, { place: { kind: 'worktree' }, config, signal });
      const { file, folder } = config.changelog;
      return { file, folder, fragments: files.map(({ fragment }) => fragment) };
    }),
    handle(protocol.changelogAdd, async ({ repository: root, item: given, entry, stage }, context) => {
      const work = await workOn(root, context);
      const { repository, config, signal } = work;
      const item = given ?? (await itemOf(work, undefined));
      if (item === undefined) {
        throw new Failure('precondition', 'The branch that is checked out has no work item.', {
          hint: 'Name one (`--item 12` in the terminal), or start work on one first.',
        });
      }
      return inTurn(repository, async () => {
        const written = await writeEntry(repository, { item, config, entry, signal });
        if (stage) await stagePaths(repository, [written.path], signal);
        return written;
      });
    }),
    handle(protocol.changelogCheck, async (params, context) => check(await workOn(params.repository, context), params)),
    handle(protocol.changelogAssemble, async ({ repository: root, version, dryRun, stage }, context) => {
      const { repository, config, signal } = await workOn(root, context);
      const how = { config, version, signal };
      const planned = await assembleFragments(repository, { ...how, dryRun: true });
      if (dryRun || (planned.added === '' && planned.fragments.length === 0)) return planned;
      // Written without being staged: an undo must know that they are ours.
      const required = new Set([planned.file, ...planned.fragments].map((name) => Buffer.from(name).toString('latin1')));
      const action = { kind: 'changelog', label: `Assemble ${planned.file}`, actor: context.session.actor, required } as const;
      const act = async () => {
        const done = await assembleFragments(repository, { ...how, dryRun: false });
        if (stage) await stagePaths(repository, [...(done.added === '' ? [] : [done.file]), ...done.fragments], signal);
        return done;
      };
      return inTurn(repository, async () => (await recorded(repository, action, signal, act)).result);
    }),
  ];
}

/** The item of a branch: the one that is checked out unless told. */
async function itemOf({ repository, signal }: Work, branch: string | undefined): Promise<number | undefined> {
  const name = branch ?? (await readHead(repository.facts)).branch;
  return name === undefined ? undefined : (await readBranchItems(repository, signal)).get(name);
}

async function check(
  work: Work,
  { item: given, branch, base }: { item?: number | undefined; branch?: string | undefined; base?: string | undefined },
): Promise<{ item?: number; entry: protocol.EntryState; problems: { path: string; line: number; problem: string }[] }> {
  const { repository, config, signal } = work;
  const place: Place = branch === undefined ? { kind: 'worktree' } : { kind: 'commit', revision: `refs/heads/${branch}` };
  const all = await readFragments(repository, { place, config, signal });
  const problems = all.flatMap(({ fragment: { path, problems: found } }) => found.map((each) => ({ path, ...each })));
  const item = given ?? (await itemOf(work, branch));
  if (item === undefined) return { entry: await ofChange(work, place, base), problems };
  const at = place.kind === 'commit' ? place : { kind: 'index' as const };
  return { item, entry: await entryStateOf(repository, { item, config, at, signal }), problems };
}

/** Without an item (a build server does not know it): whether what came after the base has touched a fragment, or the log itself. */
async function ofChange({ repository, config, signal }: Work, place: Place, base: string | undefined): Promise<protocol.EntryState> {
  const { folder, file, required } = config.changelog;
  if (required === 'off' || base === undefined) return { state: 'not-required', problems: [] };
  const to = place.kind === 'commit' ? place.revision : 'HEAD';
  const range = ['--merge-base', '--end-of-options', base, to];
  const args = ['diff', '--name-only', '-z', '--no-renames', '--diff-filter=d', ...repository.diffSafety, ...range];
  const { stdout } = await repository.run([...args, '--', `${folder}/`, file], { signal });
  const touched = new Set(stdout.toString('utf8').split('\0').slice(0, -1));
  const at: Place = { kind: 'commit', revision: to };
  const found = (await readFragments(repository, { place: at, config, signal })).filter(({ fragment }) => touched.has(fragment.path));
  if (found.length > 0) return stateOfFragments(found.map(({ fragment }) => fragment));
  return touched.has(file) ? { state: 'present', path: file, problems: [] } : { state: 'missing', problems: [] };
}

/** Adds files to the index, removed ones as removed; those that git never knew are left out. */
async function stagePaths(repository: Repository, paths: readonly string[], signal: AbortSignal): Promise<void> {
  if (paths.length === 0) return;
  await repository.write(['update-index', '--add', '--remove', '-z', '--stdin'], { signal, input: `${paths.join('\0')}\0` });
}
