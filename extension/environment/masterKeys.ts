import { promises as fs } from 'node:fs';
import { commands, l10n, type Uri, window, workspace } from 'vscode';
import { keyExport, keyImport, keyList, rotate } from '../../server/protocol/variables.ts';
import { pickRepository } from '../git/compare.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { needTrust } from './variablePlace.ts';

const shortest = 8;
const largest = 1_000_000;

/** Rotate Master Key…: a new key, and every stored secret encrypted again. */
export async function rotateKey(shell: Shell, argument: unknown): Promise<boolean> {
  needTrust();
  const repository = await pickRepository(shell, argument);
  if (repository === undefined) return false;
  const { keys } = await shell.server.send(keyList, {});
  const count = keys.reduce((sum, { secrets }) => sum + secrets, 0);
  const yes = await shell.confirm.wanted({
    message: l10n.t('Make a new master key?'),
    detail: [
      l10n.t('The stored secrets of all projects ({0}) are encrypted with it, in one step. Services go on as they are.', count),
      l10n.t('The earlier key stays for backups that need it. Export the keys again afterwards.'),
    ].join('\n'),
    action: l10n.t('Rotate'),
  });
  if (!yes) return false;
  const { key, secrets } = await shell.server.send(rotate, { repository });
  void offerExport(l10n.t('{0} secrets are encrypted with the new key {1}. Earlier exports do not hold it.', secrets, key));
  return true;
}

async function offerExport(message: string): Promise<void> {
  const again = l10n.t('Export Keys…');
  if ((await window.showInformationMessage(message, again)) === again) await commands.executeCommand('hearth.environment.exportKeys');
}

/** Export Master Keys…: to a file that only the passphrase opens. */
export async function exportKeys(shell: Shell, argument: unknown): Promise<string | undefined> {
  needTrust();
  const answers = (argument ?? {}) as { file?: Uri; passphrase?: unknown };
  const file = answers.file ?? (await window.showSaveDialog({ title: l10n.t('Export Master Keys'), filters: { JSON: ['json'] } }));
  if (file === undefined) return undefined;
  const passphrase = typeof answers.passphrase === 'string' ? answers.passphrase : await askNewPassphrase();
  if (passphrase === undefined) return undefined;
  const { text, keys } = await shell.server.send(keyExport, { passphrase });
  if (file.scheme === 'file') await fs.writeFile(file.fsPath, text, { mode: 0o600 });
  else await workspace.fs.writeFile(file, new TextEncoder().encode(text));
  window.setStatusBarMessage(l10n.t('Exported {0} master keys.', keys.length), 6000);
  return text;
}

/** Import Master Keys…: from such a file. */
export async function importKeys(shell: Shell, argument: unknown): Promise<number | undefined> {
  needTrust();
  const answers = (argument ?? {}) as { file?: Uri; passphrase?: unknown };
  const options = { title: l10n.t('Import Master Keys'), openLabel: l10n.t('Import'), filters: { JSON: ['json'] } };
  const file = answers.file ?? (await window.showOpenDialog(options))?.[0];
  if (file === undefined) return undefined;
  if ((await workspace.fs.stat(file)).size > largest) throw new RequestFailure('invalid', l10n.t('This is no export of master keys.'));
  const text = new TextDecoder().decode(await workspace.fs.readFile(file));
  const passphrase =
    typeof answers.passphrase === 'string' ? answers.passphrase : await askPassphrase(l10n.t('The passphrase of this export'));
  if (passphrase === undefined) return undefined;
  const { added, known } = await shell.server.send(keyImport, { text, passphrase });
  window.setStatusBarMessage(l10n.t('{0} master keys added, {1} were here already.', added.length, known.length), 6000);
  return added.length;
}

async function askNewPassphrase(): Promise<string | undefined> {
  const first = await askPassphrase(l10n.t('A passphrase for this export, at least {0} characters', shortest), (text) =>
    text.length < shortest ? l10n.t('At least {0} characters', shortest) : undefined,
  );
  if (first === undefined) return undefined;
  return askPassphrase(l10n.t('The same passphrase again'), (text) => (text === first ? undefined : l10n.t('These are not the same yet.')));
}

function askPassphrase(prompt: string, validateInput?: (text: string) => string | undefined): Thenable<string | undefined> {
  return window.showInputBox({
    prompt,
    password: true,
    ignoreFocusOut: true,
    ...(validateInput === undefined ? {} : { validateInput }),
  });
}
