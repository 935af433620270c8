import type { Detected } from '../compose/detect.ts';
import type { Repository } from '../git/index.ts';
import { resolveCommit } from '../git/index.ts';
import type { ProjectOf } from '../project/index.ts';
import * as protocol from '../protocol/config.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore, Transaction } from '../store/types.ts';
import { type AppliedConfig, appliedConfig, writeApplied } from './applied.ts';
import { hearthOfCommit, textOfCommit } from './hearthSource.ts';
import type { HearthConfig } from './hearthTypes.ts';

interface ConfigStateParts {
  readonly projectOf: ProjectOf;
  readonly store: StateStore;
  /** Brings what is kept of a project (its UUID) to what is applied, in the same change; also when it was applied before. */
  readonly onApplied?: (transaction: Transaction, project: string, config: HearthConfig, detected: readonly Detected[]) => void;
}

/** What the hub answers of `hearth.yaml`: what is applied. */
export function configStateHandlers({ projectOf, store, onApplied = () => {} }: ConfigStateParts): Registration[] {
  return [
    handle(protocol.difference, async ({ repository: root, rev = 'HEAD' }, context) => {
      const { differenceOf } = await import('./difference.ts');
      const repository = await projectOf.repository(root, context);
      const project = await projectOf.id(root, context);
      const applied = project === undefined ? undefined : await store.read((reader) => appliedConfig(reader, project));
      const commit = await commitOf(repository, rev, context.signal);
      const text = commit === undefined ? undefined : await textOfCommit(repository, commit, context.signal);
      const changes = differenceOf(applied?.text, text);
      return {
        ...(applied === undefined ? {} : { applied: shown(applied) }),
        ...(commit === undefined ? {} : { commit }),
        found: text !== undefined,
        same: changes.length === 0,
        changes,
        problems: commit === undefined || text === undefined ? [] : (await hearthOfCommit(repository, commit, context.signal)).problems,
      };
    }),
    handle(protocol.apply, async ({ repository: root, rev = 'HEAD', from }, context) => {
      const { differenceOf } = await import('./difference.ts');
      const repository = await projectOf.repository(root, context);
      const { commit } = await resolveCommit(repository, rev, context.signal);
      const { text, config, problems } = await hearthOfCommit(repository, commit, context.signal);
      if (config === undefined) throw mistaken(problems);
      const { detectServices } = await import('../compose/detect.ts');
      const detected = await detectServices(repository, commit, config, context.signal);
      const project = await projectOf.ensure(root, context);
      return store.write(authorOf(context), (transaction) => {
        const before = appliedConfig(transaction, project);
        if (from !== undefined && (before?.commit ?? null) !== from) throw overtaken(before);
        const changes = differenceOf(before?.text, text);
        // What an earlier version of Hearth has applied it may not have known of.
        onApplied(transaction, project, config, detected);
        if (before !== undefined && before.commit === commit) return { applied: shown(before), changed: false, changes };
        const { actor } = context.session;
        writeApplied(transaction, project, { commit, text, actor });
        // Names only: the event log is for everybody who may read it.
        const payload = { name: config.project, commit, before: before?.commit ?? null, keys: changes.slice(0, 100).map(({ key }) => key) };
        transaction.event({ project, entity: 'config', entityId: project, kind: 'applied', payload });
        return { applied: { commit, time: transaction.now, actor }, changed: changes.length > 0, changes };
      });
    }),
  ];
}

function shown({ commit, time, actor }: AppliedConfig): Omit<AppliedConfig, 'text'> {
  return { commit, time, actor };
}

/** The commit of a revision; undefined when nothing was committed yet. */
async function commitOf(repository: Repository, rev: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await resolveCommit(repository, rev, signal)).commit;
  } catch (error) {
    if (rev === 'HEAD' && error instanceof Failure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

function mistaken(problems: readonly protocol.Problem[]): Failure {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new Failure('invalid', `hearth.yaml:${first?.line}:${first?.column}: ${first?.message}${more}`, {
    hint: '`hearth config check` lists what is wrong.',
  });
}

function overtaken(before: AppliedConfig | undefined): Failure {
  const now = before === undefined ? 'nothing is applied' : `commit ${before.commit.slice(0, 12)} is applied`;
  return new Failure('conflict', `Another configuration was applied meanwhile: ${now}.`, { hint: 'Look at the difference again.' });
}
