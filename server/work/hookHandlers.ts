import { existsSync } from 'node:fs';
import path from 'node:path';
import { installHooks, inTurn, type Repository, readHooks, removeHooks } from '../git/index.ts';
import { hearthHome } from '../home.ts';
import * as protocol from '../protocol/workFlow.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { version } from '../version.ts';
import { runHook } from './hookRules.ts';

export function hookHandlers({ repositories }: Services): Registration[] {
  const at = async (root: string, { session }: Context<never>): Promise<Repository> =>
    (await repositories.containing(root, session)).repository;
  return [
    handle(protocol.hooksStatus, async ({ repository: root }, context) => {
      const { folder, kind, hooks } = await readHooks(await at(root, context), context.signal);
      const command = commandPath();
      return { folder, kind, hooks, command, commandFound: existsSync(command) };
    }),
    handle(protocol.hooksInstall, async ({ repository: root }, context) => {
      const repository = await at(root, context);
      await provideCommand();
      return inTurn(repository, () => installHooks(repository, { command: commandPath('hearth'), signal: context.signal }));
    }),
    handle(protocol.hooksRemove, async ({ repository: root }, context) => {
      const repository = await at(root, context);
      return inTurn(repository, () => removeHooks(repository, context.signal));
    }),
    handle(protocol.hooksRun, async ({ repository: root, ...call }, context) =>
      runHook(await at(root, context), { ...call, signal: context.signal }),
    ),
  ];
}

function commandPath(name = process.platform === 'win32' ? 'hearth.cmd' : 'hearth'): string {
  return path.join(hearthHome(), 'bin', name);
}

/** Hooks do nothing without the command. A window writes it when it starts; a terminal may be the first. */
async function provideCommand(): Promise<void> {
  const program = path.join(import.meta.dirname, 'cli.js');
  if (!existsSync(program)) return;
  const { writeLauncher } = await import('../hub/launcher.ts');
  writeLauncher(hearthHome(), { version, program, runtime: process.execPath });
}
