import { resolve } from 'node:path';
import type { Check } from '../../protocol/monitorTypes.ts';
import { OwnFault } from './faults.ts';
import type { Found, Look } from './look.ts';
import { programEnvironment, runProgram } from './program.ts';
import { oneLine, sizeWords } from './text.ts';

/** Runs a command of the repository, only where its owner is trusted. Exit code 0 is well unless an assertion says something of `exit`. */
export async function lookCommand({ command }: Extract<Check, { kind: 'command' }>, look: Look): Promise<Found> {
  const { trusted, folder } = look.host;
  if (!trusted) throw new OwnFault('commands are run only of a repository that is trusted');
  if (folder === undefined) throw new OwnFault('there is no folder of the repository to run the command in');
  if (command.some((each) => each.includes('\0'))) throw new OwnFault('the command contains a NUL character');
  const [program = '', ...args] = command;
  look.phases.begin('run');
  // A relative path is one of the repository, wherever the process looks from.
  const argv = [/[/\\]/.test(program) ? resolve(folder, program) : program, ...args];
  const run = await runProgram(argv, { cwd: folder, env: programEnvironment(), signal: look.signal }).catch((error) => {
    throw cannotStart(error, program);
  });
  const lines = (run.stderr.trim() === '' ? run.stdout : run.stderr).trim().split('\n');
  const last = oneLine(lines.at(-1) ?? '');
  if (run.exitCode === null)
    return { ok: false, message: `ended by ${run.signal ?? 'a signal'}`, found: last, facts: { text: run.stdout, cut: run.cut } };
  const found = `exit code ${run.exitCode} · ${sizeWords(Buffer.byteLength(run.stdout))}`;
  const facts = { exit: run.exitCode, text: run.stdout, cut: run.cut };
  if (run.exitCode === 0 || look.asserted.has('exit')) return { ok: true, found, facts };
  return { ok: false, message: `exit code ${run.exitCode}, wanted 0${last === '' ? '' : `: ${last}`}`, found, facts };
}

function cannotStart(error: NodeJS.ErrnoException, program: string): unknown {
  const name = oneLine(program, 80);
  if (error.code === 'ENOENT') return new OwnFault(`the command ${name} is not there`);
  if (error.code === 'EACCES') return new OwnFault(`the command ${name} may not be run`);
  return error;
}
