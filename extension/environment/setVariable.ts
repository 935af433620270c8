import { l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import { set, unset, type Variable } from '../../server/protocol/variables.ts';
import { given } from '../deploy/deployTargets.ts';
import { projectOf } from '../project/projectOf.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { askValue } from './askValue.ts';
import { needTrust, pickPlace, placeName, storedAt, type VariablePlace, type VariableTable } from './variablePlace.ts';
import { originWords, valueWords, variableIcon } from './variableWords.ts';

const nameRule = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

/** Set Variable…: which one, its value. */
export function setVariable(shell: Shell, argument: unknown): Promise<boolean> {
  return storeValue(shell, argument, false);
}

/** Set Secret…: which one, its value, which nothing shows. */
export function setSecret(shell: Shell, argument: unknown): Promise<boolean> {
  return storeValue(shell, argument, true);
}

/** Whether something was stored. */
async function storeValue(shell: Shell, argument: unknown, secret: boolean): Promise<boolean> {
  needTrust();
  const placeHolder = secret ? l10n.t('A secret of which environment?') : l10n.t('A variable of which environment?');
  const found = await pickPlace(shell, argument, placeHolder);
  if (found === undefined) return false;
  const { place, table } = found;
  const { name: wanted, value: known } = given(argument);
  const name = typeof wanted === 'string' ? wanted : await pickName(place, table, secret);
  if (name === undefined) return false;
  const before = table.variables.find((each) => each.name === name);
  // What is a secret already is one whoever asks.
  const hidden = secret || before?.secret === true;
  const value = typeof known === 'string' ? known : await askValue({ name, place, hidden, before });
  if (value === undefined) return false;
  if ((await projectOf(shell, place.repository)).kind === 'cancelled') return false;
  const { environment, repository, service } = place;
  const at = { repository, environment, ...(service === undefined ? {} : { service }) };
  const { set: stored } = await shell.server.send(set, { ...at, values: { [name]: value }, secret: hidden });
  const text =
    stored.length === 0
      ? l10n.t('{0} of {1} is that already.', name, placeName(place))
      : l10n.t('{0} is stored for {1}. A running service gets it with its next deployment.', name, placeName(place));
  window.setStatusBarMessage(withoutIcons(text), 8000);
  return stored.length > 0;
}

/** Remove Variable…: forgets what is stored for the environment itself. */
export async function unsetVariable(shell: Shell, argument: unknown): Promise<boolean> {
  needTrust();
  const found = await pickPlace(shell, argument, l10n.t('A variable of which environment?'));
  if (found === undefined) return false;
  const { place, table } = found;
  const { name: wanted } = given(argument);
  const stored = table.variables.flatMap((variable) => {
    const at = storedAt(variable, place);
    return at === undefined || (typeof wanted === 'string' && wanted !== variable.name) ? [] : [{ variable, at }];
  });
  if (stored.length === 0) {
    throw new RequestFailure(
      'not-found',
      typeof wanted === 'string'
        ? l10n.t('{0} is not stored for {1} itself.', wanted, placeName(place))
        : l10n.t('Nothing is stored for {0} itself.', placeName(place)),
    );
  }
  const picked = stored.length === 1 && typeof wanted === 'string' ? stored[0] : await pickStored(stored, place);
  if (picked === undefined) return false;
  const { name, secret } = picked.variable;
  const where = placeName(picked.at);
  const yes = await shell.confirm.wanted({
    message: l10n.t('Remove {0} from {1}?', name, where),
    detail: secret
      ? l10n.t('The stored secret is deleted and cannot be brought back. What is inherited counts again with the next deployment.')
      : l10n.t('The stored value is deleted. What is inherited, or in hearth.yaml, counts again with the next deployment.'),
    action: l10n.t('Remove'),
  });
  if (!yes) return false;
  await shell.server.send(unset, { ...picked.at, names: [name], confirmed: true });
  window.setStatusBarMessage(withoutIcons(l10n.t('{0} is removed from {1}.', name, where)), 6000);
  return true;
}

interface NamePick extends QuickPickItem {
  readonly name?: string;
}

/** What is missing first, then what is there; or another name. */
async function pickName(place: VariablePlace, { variables }: VariableTable, secret: boolean): Promise<string | undefined> {
  const fitting = variables.filter((each) => each.secret === secret);
  const missing = fitting.filter(({ origin }) => origin.kind === 'missing');
  const known = fitting.filter(({ origin }) => origin.kind !== 'missing');
  const another: NamePick = { label: l10n.t('Another Name…'), iconPath: new ThemeIcon('add'), alwaysShow: true };
  if (fitting.length === 0) return askName(place, secret);
  const heading = (label: string): NamePick => ({ label, kind: QuickPickItemKind.Separator });
  const picks: NamePick[] = [
    ...(missing.length === 0 ? [] : [heading(l10n.t('Not set')), ...missing.map(pickOf)]),
    ...(known.length === 0 ? [] : [heading(l10n.t('Set')), ...known.map(pickOf)]),
    heading(''),
    another,
  ];
  const picked = await window.showQuickPick(picks, {
    placeHolder: secret ? l10n.t('Which secret of {0}?', placeName(place)) : l10n.t('Which variable of {0}?', placeName(place)),
    matchOnDescription: true,
  });
  if (picked === undefined) return undefined;
  return picked.name ?? askName(place, secret);
}

interface Stored {
  readonly variable: Variable;
  readonly at: VariablePlace;
}

async function pickStored(stored: readonly Stored[], place: VariablePlace): Promise<Stored | undefined> {
  const picks = stored.map((each) => ({ ...pickOf(each.variable), each }));
  return (await window.showQuickPick(picks, { placeHolder: l10n.t('Remove which variable of {0}?', placeName(place)) }))?.each;
}

export function pickOf(variable: Variable): NamePick {
  return {
    label: variable.name,
    description: withoutIcons(valueWords(variable)),
    detail: withoutIcons(originWords(variable)),
    iconPath: variableIcon(variable),
    name: variable.name,
  };
}

function askName(place: VariablePlace, secret: boolean): Thenable<string | undefined> {
  return window.showInputBox({
    title: secret ? l10n.t('New Secret of {0}', placeName(place)) : l10n.t('New Variable of {0}', placeName(place)),
    prompt: l10n.t('Its name'),
    placeHolder: 'DATABASE_URL',
    validateInput: (name) => (nameRule.test(name) ? undefined : l10n.t('Letters, digits and underscores, not starting with a digit.')),
  });
}
