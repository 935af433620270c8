// A long blame is cancelled while git works on it: when is the child gone, and is it gone before the reply?
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { blame } from '../../server/protocol/git.ts';
import { generatedRepository, LONG_FILE } from '../support/repositories/generated.ts';
import type { RequestError, TestServer } from '../support/server.ts';
import { type Bench, percentile, summarise, valueAtMost } from './harness.ts';

/** Process ids of the git processes that the server started and that still run (Linux). */
function gitChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children.split(' ').map(Number).filter(isRunningBlame);
}

function isRunningBlame(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const zombie = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
    return !zombie && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0blame\0');
  } catch {
    return false;
  }
}

interface Cancelled {
  /** Cancel → the child is gone. */
  gone: number;
  /** Cancel → the reply. */
  replied: number;
  /** A child that still ran when the reply came: a broken promise. */
  late: boolean;
}

/** Undefined when the blame ended before it could be cancelled. */
async function cancelOne(server: TestServer, root: string, attempt: number): Promise<Cancelled | undefined> {
  const abort = new AbortController();
  const answer = server
    // Another range each time, so that no kept answer is quick.
    .send(
      blame,
      { repository: root, file: { path: LONG_FILE }, visible: { start: 1 + (attempt % 50), end: 100 } },
      { signal: abort.signal },
    )
    .then(
      () => 'answered' as const,
      (error: RequestError) => {
        if (error.data?.reason === 'cancelled') return 'cancelled' as const;
        throw error;
      },
    );
  let children: number[] = [];
  for (let waited = 0; children.length === 0 && waited < 1000; waited += 1) {
    await sleep(1);
    children = gitChildren(server.pid);
  }
  if (children.length === 0) {
    await answer;
    return undefined;
  }
  await sleep(attempt % 20);
  const start = performance.now();
  abort.abort();
  let replied: number | undefined;
  let late = false;
  const reply = answer.then((outcome) => {
    replied = performance.now() - start;
    late = gitChildren(server.pid).length > 0;
    return outcome;
  });
  while (children.some(isRunningBlame)) await sleep(1);
  const gone = performance.now() - start;
  if ((await reply) === 'answered') return undefined;
  return { gone, replied: replied ?? Number.NaN, late };
}

export const bench: Bench = {
  name: 'cancel',
  target: 'child gone p99 < 100 ms after cancel, and before the reply',
  async run(ctx) {
    const { root } = await generatedRepository(ctx.smoke ? { files: 150, commits: 1_200, seed: 7 } : {});
    const server = await ctx.startServer();
    const outcomes: Cancelled[] = [];
    const attempts = ctx.size(200, 10);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const outcome = await cancelOne(server, root, attempt);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    if (outcomes.length === 0) throw new Error('every blame ended before it could be cancelled');
    const gone = outcomes.map((outcome) => outcome.gone);
    const late = outcomes.filter((outcome) => outcome.late).length;
    const note = `${outcomes.length} of ${attempts} were cancelled in time`;
    return [
      valueAtMost('cancel → child gone, p99', 'ms', summarise([percentile(gone, 99)]), 100, note),
      valueAtMost('cancel → child gone', 'ms', summarise(gone)),
      valueAtMost('cancel → reply', 'ms', summarise(outcomes.map((outcome) => outcome.replied))),
      valueAtMost('replies before the child was gone', '', summarise([late]), 0),
    ];
  },
};
