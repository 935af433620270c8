import { commands, l10n, window, workspace } from 'vscode';
import { apply, difference } from '../../server/protocol/config.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { revisionUri } from '../git/revisionUri.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { configUri } from './configPath.ts';

type Difference = ResultOf<typeof difference>;

/** Keys that a question names; more are in the diff beside it. */
const mostKeys = 12;

/** *Apply hearth.yaml…*: shows how the file of HEAD differs from what is applied, asks, applies. Answers whether it was applied. */
export async function applyConfig(shell: Shell, repository: string): Promise<boolean> {
  const found = await shell.server.send(difference, { repository });
  if (!found.found || found.commit === undefined) {
    throw new RequestFailure(
      'not-found',
      l10n.t('HEAD has no hearth.yaml.'),
      l10n.t('Create one and commit it: what is applied is always a commit.'),
    );
  }
  const [mistake] = found.problems.filter(({ severity, code }) => severity === 'error' && code !== 'missing-file');
  if (mistake !== undefined) {
    await window.showTextDocument(configUri(repository));
    throw new RequestFailure('invalid', l10n.t('hearth.yaml of HEAD has a mistake in line {0}: {1}', mistake.line, mistake.message));
  }
  const { commit } = found;
  if (found.same && found.applied !== undefined) {
    void window.showInformationMessage(l10n.t('hearth.yaml of HEAD is what is applied.'));
    return false;
  }
  await showDifference(repository, found.applied?.commit, commit);
  const wanted = await shell.confirm.wanted({
    message: l10n.t('Apply hearth.yaml of {0}?', commit.slice(0, 7)),
    detail: await detailOf(repository, found),
    action: l10n.t('Apply'),
  });
  if (!wanted) return false;
  await shell.server.send(apply, { repository, rev: commit, from: found.applied?.commit ?? null });
  return true;
}

/** In the native diff: left what is applied, right the file of the commit. */
async function showDifference(repository: string, applied: string | undefined, commit: string): Promise<void> {
  const side = (revision: string | undefined): Side => (revision === undefined ? { kind: 'empty' } : { kind: 'commit', revision });
  const uri = (revision: string | undefined) => revisionUri({ repository, side: side(revision), path: 'hearth.yaml' });
  const title =
    applied === undefined
      ? l10n.t('hearth.yaml (nothing is applied yet)')
      : l10n.t('hearth.yaml ({0} applied ↔ {1})', applied.slice(0, 7), commit.slice(0, 7));
  await commands.executeCommand('vscode.diff', uri(applied), uri(commit), title, { preview: true });
}

async function detailOf(repository: string, { changes, applied }: Difference): Promise<string> {
  const signs = { added: '+', removed: '−', changed: '~' };
  const rows = changes.slice(0, mostKeys).map(({ key, kind }) => `${signs[kind]} ${oneLine(key)}`);
  const more = changes.length > mostKeys ? [l10n.t('… and {0} more', changes.length - mostKeys)] : [];
  const what = applied === undefined ? [l10n.t('Nothing is applied yet.')] : [...rows, ...more];
  const dirty = await differsFromFile(repository);
  const unsaved = dirty ? [l10n.t('The file in the editor has changes that are not committed: they are not part of it.')] : [];
  return [...what, ...unsaved, l10n.t('Nothing is deployed by it. Applying an earlier commit takes it back.')].join('\n');
}

/** Whether the file on disk, or in an editor, is another one than HEAD's. */
async function differsFromFile(repository: string): Promise<boolean> {
  const uri = configUri(repository);
  const head = revisionUri({ repository, side: { kind: 'commit', revision: 'HEAD' }, path: 'hearth.yaml' });
  try {
    const [own, committed] = await Promise.all([workspace.openTextDocument(uri), workspace.openTextDocument(head)]);
    return own.getText().replaceAll('\r\n', '\n') !== committed.getText().replaceAll('\r\n', '\n');
  } catch {
    return true;
  }
}
