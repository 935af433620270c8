import { l10n, ThemeIcon, window, workspace } from 'vscode';
import type { Variable } from '../../server/protocol/variables.ts';
import { RequestFailure } from '../ui/failure.ts';
import { placeName, type VariablePlace } from './variablePlace.ts';

interface Question {
  readonly name: string;
  readonly place: VariablePlace;
  /** Nothing of it is shown. */
  readonly hidden: boolean;
  readonly before: Variable | undefined;
}

const largest = 262_144;

/** The value of a variable: typed, or from a file, for an input box makes one line of many. Undefined when the user turns away. */
export async function askValue({ name, place, hidden, before }: Question): Promise<string | undefined> {
  const box = window.createInputBox();
  const fromFile = { iconPath: new ThemeIcon('file'), tooltip: l10n.t('From File…') };
  box.title = l10n.t('{0} of {1}', name, placeName(place));
  box.prompt = hidden
    ? l10n.t('It is encrypted and never shown again. A value of several lines: use the file button.')
    : l10n.t('A value of several lines: use the file button.');
  box.password = hidden;
  // The value is often copied from another window.
  box.ignoreFocusOut = true;
  box.buttons = [fromFile];
  if (!hidden && before?.value != null && before.origin.kind === 'stored') box.value = before.value;
  try {
    const answer = await new Promise<{ value: string } | 'file' | undefined>((resolve) => {
      box.onDidAccept(() => resolve({ value: box.value }));
      box.onDidTriggerButton(() => resolve('file'));
      box.onDidHide(() => resolve(undefined));
      box.show();
    });
    if (answer === 'file') return await readFile(name);
    return answer?.value;
  } finally {
    box.dispose();
  }
}

async function readFile(name: string): Promise<string | undefined> {
  const [uri] =
    (await window.showOpenDialog({ title: l10n.t('The file with the value of {0}', name), openLabel: l10n.t('Use Its Text') })) ?? [];
  if (uri === undefined) return undefined;
  const { size } = await workspace.fs.stat(uri);
  if (size > largest) throw new RequestFailure('too-large', l10n.t('The file is larger than 256 kB.'));
  return textOf(await workspace.fs.readFile(uri));
}

/** The newline that an editor puts behind a single line is no part of a value; of several lines each belongs to it. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/^([^\n]*?)\r?\n$/, '$1');
  } catch {
    throw new RequestFailure(
      'invalid',
      l10n.t('The file is no UTF-8 text.'),
      l10n.t('Encode it in base64, and decode it where it is used.'),
    );
  }
}
