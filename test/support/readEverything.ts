// Every reading request of the git domain, sent once to a repository: for checks that hold whatever the answer is (nothing springs, nothing
// crashes, each failure is one clear sentence).
import * as git from '../../server/protocol/git.ts';
import type { RequestDefinition } from '../../server/protocol/message.ts';
import type { RequestError, TestServer } from './server.ts';

export interface Outcome {
  /** Method and what was asked. */
  what: string;
  /** `ok`, or the reason of the failure; `untyped` when it had none. */
  reason: string;
  message: string;
  result: unknown;
}

interface Target {
  /** Folder that a person opened. */
  root: string;
  /** A file relative to it. */
  path: string;
}

/** Sends all of them, a few at a time, and says how each went; never rejects. The first is `git/discover`, whose root the others use. */
export async function readEverything(server: TestServer, { root, path }: Target): Promise<Outcome[]> {
  const found = await ask(server, 'discover', git.discover, { path: root });
  const repository = (found.result as { repository?: { root: string } } | undefined)?.repository?.root ?? root;
  const commit = (found.result as { repository?: { head: { commit?: string } } } | undefined)?.repository?.head.commit ?? 'd'.repeat(40);
  const uri = `file://${encodeURI(`${root}/${path}`)}`;
  const file = { path };
  const head = { kind: 'commit', revision: 'HEAD' } as const;
  const before = { kind: 'commit', revision: 'HEAD~1' } as const;
  const worktree = { kind: 'worktree' } as const;
  const index = { kind: 'index' } as const;
  const stash = { kind: 'stash', index: 0 } as const;
  const pairs = [
    ['HEAD~1 HEAD', before, head],
    ['HEAD work tree', head, worktree],
    ['index work tree', index, worktree],
    ['HEAD index', head, index],
    ['stash HEAD', stash, head],
  ] as const;
  const calls: (() => Promise<Outcome>)[] = [
    () => ask(server, 'log', git.log, { repository }),
    () => ask(server, 'log of all', git.log, { repository, all: true }),
    () => ask(server, 'log of the path', git.log, { repository, paths: [file] }),
    () => ask(server, 'show HEAD', git.show, { repository, revision: 'HEAD' }),
    () => ask(server, 'show HEAD~1', git.show, { repository, revision: 'HEAD~1' }),
    () => ask(server, 'resolve HEAD', git.resolve, { repository, revision: 'HEAD' }),
    () => ask(server, 'refs', git.refs, { repository }),
    () => ask(server, 'files', git.files, { repository, recursive: true }),
    () => ask(server, 'files HEAD~1', git.files, { repository, revision: 'HEAD~1', recursive: true }),
    () => ask(server, 'history', git.history, { repository, file }),
    () => ask(server, 'history of line 1', git.history, { repository, file, lines: { start: 1, end: 1 } }),
    () => ask(server, 'history of a function', git.history, { repository, file, function: 'line' }),
    () =>
      ask(server, 'history of unsaved lines', git.history, {
        repository,
        file,
        lines: { start: 1, end: 3 },
        contents: 'line 1\nunsaved\n',
      }),
    () => ask(server, 'neighbours', git.neighbours, { repository, file }),
    () => ask(server, 'neighbours of HEAD~1', git.neighbours, { repository, file, revision: 'HEAD~1' }),
    () => ask(server, 'commitCard', git.commitCard, { repository, commit, file, line: 1 }),
    () => ask(server, 'permalink', git.permalink, { repository, commit, file }),
    () => ask(server, 'blame', git.blame, { repository, file }),
    () => ask(server, 'blame HEAD', git.blame, { repository, file, revision: 'HEAD' }),
    () => ask(server, 'blame HEAD~1', git.blame, { repository, file, revision: 'HEAD~1' }),
    () => ask(server, 'blame of unsaved text', git.blame, { repository, file, contents: 'line 1\nunsaved\n' }),
    () => ask(server, 'blame with moves and copies', git.blame, { repository, file, options: { moves: true, copies: 2 } }),
    () => ask(server, 'documentBlame', git.documentBlame, { uri }),
    () => ask(server, 'inlineDiff HEAD', git.inlineDiff, { uri, against: head }),
    () => ask(server, 'inlineDiff index', git.inlineDiff, { uri, against: index }),
    ...[head, before, index, worktree].map((side) => () => ask(server, `content ${side.kind}`, git.content, { repository, side, file })),
    ...pairs.flatMap(([label, from, to]) => [
      () => ask(server, `diffList ${label}`, git.diffList, { repository, from, to }),
      () => ask(server, `diffFile ${label}`, git.diffFile, { repository, from, to, file }),
    ]),
    ...(['html', 'md', 'json', 'patch'] as const).map(
      (format) => () => ask(server, `diffExport ${format}`, git.diffExport, { repository, from: head, to: worktree, format }),
    ),
  ];
  server.openDocument(uri, 'line 1\nunsaved\nline 3\n');
  const outcomes = [found];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) outcomes.push(await call());
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  server.closeDocument(uri);
  return outcomes;
}

/** Those that break the promise "the right answer or one clear sentence": no typed reason, an internal error, a method that nobody answers. */
export function broken(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ reason, message }) => reason === 'untyped' || reason === 'internal' || (reason !== 'ok' && !isSentence(message)))
    .map(({ what, reason, message }) => `${what}: ${reason}: ${message}`);
}

/** One line, not too long, without the noise of a stack or of git's own prefixes. */
function isSentence(message: string): boolean {
  return message.length > 3 && message.length <= 300 && !/\n|^fatal:|^error:|\bat .*\.js:\d+/.test(message);
}

async function ask<D extends RequestDefinition>(
  server: TestServer,
  what: string,
  definition: D,
  params: Parameters<typeof server.send<D>>[1],
): Promise<Outcome> {
  try {
    return { what, reason: 'ok', message: '', result: await server.send(definition, params) };
  } catch (error) {
    const { data, message } = error as RequestError;
    return { what, reason: data?.reason ?? 'untyped', message, result: undefined };
  }
}
