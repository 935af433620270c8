import { commands, l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from 'vscode';
import type { Variable } from '../../server/protocol/variables.ts';
import type { Shell } from '../shell.ts';
import { pickOf } from './setVariable.ts';
import { pickPlace, placeName, storedAt } from './variablePlace.ts';

interface Row extends QuickPickItem {
  readonly variable: Variable;
}

/** Show Variables…: every variable of an environment with its origin; choosing one sets it, a button forgets what is stored. */
export async function showVariables(shell: Shell, argument: unknown): Promise<readonly Variable[] | undefined> {
  const found = await pickPlace(shell, argument, l10n.t('The variables of which environment?'));
  if (found === undefined) return undefined;
  const { place, table } = found;
  const remove: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Remove') };
  const list = window.createQuickPick<Row>();
  list.title = l10n.t('Variables of {0}', placeName(place));
  list.placeholder =
    table.variables.length === 0
      ? l10n.t('Nothing is set. Hearth: Set Variable… and Set Secret… store some.')
      : l10n.t('Choose one to set it');
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  list.items = table.variables.map((variable): Row => {
    const { name: _, ...shown } = pickOf(variable);
    return { ...shown, variable, buttons: storedAt(variable, place) === undefined ? [] : [remove] };
  });
  list.onDidAccept(() => {
    const [picked] = list.selectedItems;
    list.hide();
    if (picked === undefined) return;
    const { name, secret } = picked.variable;
    void commands.executeCommand(secret ? 'hearth.environment.setSecret' : 'hearth.environment.setVariable', { ...place, name });
  });
  list.onDidTriggerItemButton(({ item }) => {
    list.hide();
    const at = storedAt(item.variable, place) ?? place;
    void commands.executeCommand('hearth.environment.unset', { ...at, name: item.variable.name });
  });
  list.onDidHide(() => list.dispose());
  list.show();
  return table.variables;
}
