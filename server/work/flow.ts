import type { Repository } from '../git/index.ts';
import type { InputOf, RequestDefinition, ResultOf } from '../protocol/message.ts';
import { show } from '../protocol/work.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import type { Services } from '../services.ts';

/** One request about work items and git: the repository as it is now, and the way to the hub. */
export interface Flow {
  readonly services: Services;
  readonly repository: Repository;
  readonly context: Context<never>;
  readonly signal: AbortSignal;
}

/** Opens the repository of a request; HEAD and the operation in progress are read anew. */
export async function openFlow(services: Services, root: string, context: Context<never>): Promise<Flow> {
  const { repository } = await services.repositories.containing(root, context.session);
  return { services, repository, context, signal: context.signal };
}

/** The same request in another work tree of the repository. */
export async function worktreeOf(flow: Flow, root: string): Promise<Repository> {
  return (await flow.services.repositories.containing(root, flow.context.session)).repository;
}

/** The same request, no longer to be cancelled: what has begun to be taken back is taken back to the end. */
export function uncancelled(flow: Flow): Flow {
  const { signal } = new AbortController();
  return { ...flow, signal, context: { ...flow.context, signal } };
}

/** Something failed, and to take it back failed as well. Whoever cancelled must hear that it did not become as before. */
export function leftHalfWay({ context }: Flow, error: unknown, second: unknown, wayOut: string): Failure {
  context.happened();
  const { message, reason, detail } = asFailure(error);
  const left = reason === 'cancelled' ? (['git-failed', 'It was cancelled half-way.'] as const) : ([reason, message] as const);
  const hint = `It could not be taken back either (${asFailure(second).message}) ${wayOut}`;
  return new Failure(...left, { hint, detail, cause: error });
}

/** Asks the hub on behalf of the request; `step` names the question among those of the request. */
export function askHub<D extends RequestDefinition>(
  { services, context }: Flow,
  definition: D,
  params: InputOf<D> & { readonly confirmed?: true },
  step: string,
): Promise<ResultOf<D>> {
  return services.askHub(definition, params, context, step);
}

export async function showItem(flow: Flow, id: number, step = 'show'): Promise<ResultOf<typeof show>['item']> {
  return (await askHub(flow, show, { repository: flow.repository.root, id }, step)).item;
}

/** The last line that a git command printed, trimmed; empty when it found nothing (exit code 1). */
export async function textOrNothing(repository: Repository, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { stdout } = await repository.run(args, { signal, accept: [0, 1] });
  return stdout.toString('utf8').replace(/\n$/, '');
}

/** The commit of a local branch; undefined when there is no such branch. */
export async function tipOf(repository: Repository, branch: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
  const { stdout } = await repository.run(args, { signal, accept: [0, 1, 128] });
  return stdout.toString('utf8').trim() || undefined;
}
