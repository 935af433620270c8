import { commands, env, l10n, Uri, window, workspace } from 'vscode';
import { log } from '../../server/protocol/deploy.ts';
import type { LogLine } from '../../server/protocol/deployTypes.ts';
import type { Run } from '../../webviews/deployment/messages.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure, showFailure } from '../ui/failure.ts';

/** Does what a deployment panel asks of the window around it. Failures are told as those of a command. */
export async function runOutside(shell: Shell, repository: string, run: Exclude<Run, { what: 'close' }>): Promise<void> {
  try {
    await outside(shell, repository, run);
  } catch (error) {
    await showFailure(error, shell.log);
  }
}

async function outside(shell: Shell, repository: string, run: Exclude<Run, { what: 'close' }>): Promise<void> {
  switch (run.what) {
    case 'rollBack': {
      const { environment, service, to } = run;
      await commands.executeCommand('hearth.deploy.rollBack', {
        repository,
        environment,
        service,
        ...(to === undefined ? {} : { to }),
      });
      return;
    }
    case 'deployAgain':
      await commands.executeCommand('hearth.deploy.openPanel', { repository, plan: run.plan });
      return;
    case 'takeOver':
      await commands.executeCommand('hearth.deploy.adopt', { repository, environment: run.environment });
      return;
    case 'showCommit':
      await commands.executeCommand('hearth.git.showCommitDiff', { repository, commit: run.commit });
      return;
    case 'openUrl':
      await openUrl(run.url);
      return;
    case 'openLog':
      await openLog(shell, repository, run.id);
      return;
    case 'output':
    case 'shell': {
      const { environment, service } = run;
      await commands.executeCommand(`hearth.runtime.${run.what}`, { repository, environment, service });
      return;
    }
    case 'showLog':
      shell.log.show();
  }
}

/** Only what a browser shows: the address comes from `hearth.yaml`. */
export async function openUrl(url: string): Promise<void> {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new RequestFailure('invalid', l10n.t('The address {0} is none of the web.', url));
  }
  await env.openExternal(Uri.parse(url, true));
}

/** The whole log as text in an editor of its own. */
async function openLog(shell: Shell, repository: string, id: string): Promise<void> {
  const { lines = [], kept } = await shell.server.send(log, { repository, id });
  if (!kept) throw new RequestFailure('not-found', l10n.t('The log of this deployment is not kept any more.'));
  const document = await workspace.openTextDocument({ language: 'log', content: lines.map(asText).join('\n') });
  await window.showTextDocument(document, { preview: true });
}

function asText({ time, stream, text }: LogLine): string {
  return `${new Date(time).toISOString()} [${stream}] ${text}`;
}
