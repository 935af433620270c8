import { blamesOf, type Repository, readCommit, resolveCommit } from '../../git/index.ts';
import { blame } from '../../protocol/git.ts';
import type { ParamsOf, ResultOf } from '../../protocol/message.ts';
import type { where as definition } from '../../protocol/where.ts';
import type { Context } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';
import type { Ancestries } from './ancestries.ts';
import { changedPaths } from './changes.ts';
import type { LiveReleases } from './liveReleases.ts';
import { matcherOf } from './paths.ts';
import { placesOf } from './placement.ts';

type At = ParamsOf<typeof definition>['at'];
type Where = ResultOf<typeof definition>;

/** What is asked about: a commit, or none because the line is not committed. */
interface Subject {
  readonly commit: string | undefined;
  readonly subject: string | null;
  /** As it is called now. */
  readonly path: string | undefined;
}

/** Where a commit or a line runs. Throws `not-found`, `invalid` for a line that is not there. */
export async function findWhere(
  services: Services,
  parts: { readonly ancestries: Ancestries; readonly releases: LiveReleases },
  repository: Repository,
  at: At,
  context: Context<never>,
): Promise<Where> {
  const { signal } = context;
  const [{ commit, subject, path }, live] = await Promise.all([
    at.kind === 'line' ? blamedLine(services, repository, at, context) : namedCommit(repository, at, signal),
    parts.releases.of(repository, context),
  ]);
  const named = { subject, ...(path === undefined ? {} : { path }), ...(at.kind === 'line' ? { line: at.line } : {}) };
  if (commit === undefined) return { commit: null, ...named, places: [] };
  const limited = live.some(({ paths }) => paths.length > 0);
  const files =
    path !== undefined ? [path] : limited ? await changedPaths(repository, [commit], signal).then((all) => all.get(commit)) : [];
  const concerned = ({ paths }: { paths: readonly string[] }): boolean => paths.length === 0 || files?.some(matcherOf(paths)) === true;
  return { commit, ...named, places: await placesOf(repository, parts.ancestries, live, { commit, concerned }, signal) };
}

async function namedCommit(
  repository: Repository,
  { rev, path }: Extract<At, { kind: 'revision' }>,
  signal: AbortSignal,
): Promise<Subject> {
  const { commit } = await resolveCommit(repository, rev, signal);
  return { commit, subject: await subjectOf(repository, commit, signal), path };
}

/** From the object itself, without another process; one of another encoding is read by git. */
async function subjectOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string> {
  const text = (await repository.objects.read(commit, signal))?.data.toString('utf8') ?? '';
  const end = text.indexOf('\n\n');
  if (end < 0 || /^encoding /m.test(text.slice(0, end))) return (await readCommit(repository, commit, signal)).row.subject;
  const [subject = ''] = text
    .slice(end)
    .trimStart()
    .split(/\n[ \t]*\n/, 1);
  return subject.trimEnd().replaceAll('\n', ' ');
}

async function blamedLine(
  services: Services,
  repository: Repository,
  { path, line }: Extract<At, { kind: 'line' }>,
  context: Context<never>,
): Promise<Subject> {
  const params = blame.params.parse({ repository: repository.root, file: { path }, lines: { start: line, end: line } });
  const { lines, commits } = await blamesOf(services).answer(params, { ...context, streaming: false, emit: () => {} });
  const commit = lines?.commit[0];
  if (commit === undefined || /^0+$/.test(commit)) return { commit: undefined, subject: null, path };
  return { commit, subject: commits?.[commit]?.summary ?? null, path };
}
