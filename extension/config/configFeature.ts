import { commands, window, workspace } from 'vscode';
import { pickRepository } from '../git/compare.ts';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { applyConfig } from './applyConfig.ts';
import { configUri } from './configPath.ts';
import { createConfig } from './createConfig.ts';
import { DiffersDiagnostic } from './differsDiagnostic.ts';

/** What the shell has of `hearth.yaml`: making one, opening it, applying it. Problems, completion and hover come from the server by LSP. */
export class ConfigFeature extends Registered implements Feature {
  readonly commands: CommandTable;

  constructor(shell: Shell) {
    super();
    const differs = this.register(new DiffersDiagnostic(shell));
    this.commands = {
      'hearth.config.create': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        return repository === undefined ? undefined : createConfig(shell, repository);
      },
      'hearth.config.open': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        return repository === undefined ? undefined : openConfig(repository);
      },
      'hearth.config.apply': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        if (repository === undefined) return false;
        const applied = await applyConfig(shell, repository);
        await differs.refresh();
        return applied;
      },
    };
  }
}

/** Shows the file; one that is not there is made first. */
async function openConfig(repository: string): Promise<void> {
  const uri = configUri(repository);
  const there = await workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (there) await window.showTextDocument(uri);
  else await commands.executeCommand('hearth.config.create', { repository });
}
