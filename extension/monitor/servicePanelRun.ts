import { commands, Range, window } from 'vscode';
import type { Run } from '../../webviews/service/messages.ts';
import { configUri } from '../config/configPath.ts';
import type { Shell } from '../shell.ts';
import { showFailure } from '../ui/failure.ts';

interface Place {
  readonly repository: string;
  readonly service?: string;
}

/** Does what a service panel asks of the window around it. Failures are told as those of a command. */
export async function runOutside(shell: Shell, place: Place, run: Run): Promise<void> {
  try {
    await outside(shell, place, run);
  } catch (error) {
    await showFailure(error, shell.log);
  }
}

async function outside(shell: Shell, { repository, service }: Place, run: Run): Promise<void> {
  const execute = (command: string, more: object): Thenable<unknown> => commands.executeCommand(command, { repository, ...more });
  const own = service === undefined ? {} : { service };
  switch (run.what) {
    case 'service':
      await execute('hearth.monitor.openService', { service: run.name });
      return;
    case 'map':
      await execute('hearth.catalog.openMap', own);
      return;
    case 'incident':
      await execute('hearth.incident.open', { incident: run.id });
      return;
    case 'deployment':
      await execute('hearth.deploy.openPanel', { deployment: run.id });
      return;
    case 'commit':
      await execute('hearth.git.showCommitDiff', { commit: run.commit });
      return;
    case 'link':
      await execute('hearth.catalog.openLink', { url: run.url });
      return;
    case 'maintenance':
      await execute('hearth.monitor.startMaintenance', { monitors: run.monitors });
      return;
    case 'report':
      await execute('hearth.monitor.exportReport', own);
      return;
    case 'edit':
      await execute('hearth.catalog.edit', own);
      return;
    case 'configuration':
      await showConfiguration(repository, run.line);
      return;
    case 'showLog':
      shell.log.show();
  }
}

/** `hearth.yaml` with the cursor on a line from 1. */
export async function showConfiguration(repository: string, line = 1): Promise<void> {
  const selection = new Range(line - 1, 0, line - 1, 0);
  await window.showTextDocument(configUri(repository), { selection });
}
