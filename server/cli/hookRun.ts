import path from 'node:path';
import { discoverRepository } from '../git/discover.ts';
import { hookNames, refusedCode } from '../git/hooks/script.ts';
import { killAll } from '../git/process.ts';
import { Queue } from '../git/queue.ts';
import { Repository } from '../git/repository.ts';
import { asFailure } from '../rpc/failure.ts';
import { runHook } from '../work/hookRules.ts';
import { oneLine } from './text.ts';

/**
 * What the scripts of the hooks call: without the router, the schemas of the contract, or a hub, because somebody waits. Exit code 0, or
 * `refusedCode`; everything else is a fault of Hearth's own and stops no commit.
 */
export async function runHookProgram([name = '', ...rest]: readonly string[]): Promise<number> {
  const hook = hookNames.find((each) => each === name);
  if (hook === undefined) return say(2, `There is no hook "${name}". Hearth has ${hookNames.join(', ')}.`);
  let repository: Repository | undefined;
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    // Git runs its hooks in the top folder of the work tree; that it is new enough has been seen when they were installed.
    repository = new Repository(await discoverRepository(process.cwd()), true, new Queue());
    const given = process.env['GIT_INDEX_FILE'];
    const verdict = await runHook(repository, {
      hook,
      arguments: [...rest],
      input: hook === 'pre-push' ? await readInput() : '',
      indexFile: given === undefined || given === '' ? undefined : path.resolve(given),
      signal: controller.signal,
    });
    for (const note of verdict.notes) say(0, note);
    for (const { text, hint } of verdict.problems) say(0, `${text}${hint === undefined ? '' : `\n  ${oneLine(hint)}`}`);
    if (verdict.ok) return 0;
    return say(refusedCode, `To go on all the same: \`git ${hook === 'pre-push' ? 'push' : 'commit'} --no-verify\`.`);
  } catch (error) {
    const { reason, message, hint } = asFailure(error);
    if (reason === 'cancelled') return 130;
    return say(1, `${message}${hint === undefined ? '' : ` ${hint}`}`);
  } finally {
    repository?.dispose();
    killAll();
  }
}

function say(code: number, text: string): number {
  process.stderr.write(`hearth: ${text.split('\n').map(oneLine).join('\n')}\n`);
  return code;
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
