import { commands, l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { redo, type UndoEntry, undo, undoList } from '../../server/protocol/gitActions.ts';
import type { Feature, Shell } from '../shell.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { pickRepository } from './compare.ts';
import { age } from './repositoryNodesText.ts';
import { UndoNode } from './undoNodes.ts';
import { actionOn, doneSentence, entryName, kindIcon, ownActions, refLines, stateWord, undoneLast } from './undoWords.ts';

type Direction = 'undo' | 'redo';

interface EntryItem extends QuickPickItem {
  readonly entry: UndoEntry;
}

/**
 * Undo of what Hearth did to a repository. `hearth.git.undo` and `.redo` take a row of the Repository view, `{repository, id}` (what named
 * the action has asked already: nothing is asked again), or nothing: then it is about the newest action, and asks.
 */
export function undoFeature(shell: Shell): Feature {
  const command = (direction: Direction) => async (given: unknown) => {
    const repository = await pickRepository(shell, given);
    if (repository === undefined) return;
    const { id } = (given ?? {}) as { id?: unknown };
    if (given instanceof UndoNode) await ask(shell, repository, direction, given.entry);
    else if (typeof id === 'string') await act(shell, repository, direction, id);
    else {
      const entry = await newest(shell, repository, direction);
      if (entry !== undefined) await ask(shell, repository, direction, entry);
    }
  };
  return {
    commands: {
      'hearth.git.undo': command('undo'),
      'hearth.git.redo': command('redo'),
      'hearth.git.undoList': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        if (repository !== undefined) await pickAction(shell, repository);
      },
    },
    dispose: () => {},
  };
}

async function newest(shell: Shell, repository: string, direction: Direction): Promise<UndoEntry | undefined> {
  const { entries } = await shell.server.send(undoList, { repository });
  const entry = direction === 'undo' ? ownActions(entries).find(({ state }) => state !== 'undone') : undoneLast(entries);
  if (entry === undefined) {
    void window.showInformationMessage(
      direction === 'undo'
        ? l10n.t('There is nothing to undo: Hearth has changed nothing here lately.')
        : l10n.t('There is nothing to redo.'),
    );
  }
  return entry;
}

/** Names the action and what moves, and goes on when the user wants it. */
async function ask(shell: Shell, repository: string, direction: Direction, entry: UndoEntry): Promise<void> {
  const name = entryName(entry);
  const said = direction === 'undo' ? l10n.t('Undo “{0}”?', name) : l10n.t('Do “{0}” again?', name);
  const promise =
    direction === 'undo'
      ? l10n.t('Files go back to how they were before it; those that changed since are kept. Redo does it again.')
      : l10n.t('Files become as they were after it; those that changed since are kept. Undo takes it back.');
  const action = direction === 'undo' ? l10n.t('Undo') : l10n.t('Redo');
  const detail = [...refLines(entry, direction), '', promise].join('\n').trim();
  if (await shell.confirm.wanted({ message: said, detail, action })) await act(shell, repository, direction, entry.id);
}

async function act(shell: Shell, repository: string, direction: Direction, id: string): Promise<void> {
  const { entry, files, kept } = await shell.server.send(direction === 'undo' ? undo : redo, { repository, id });
  const opposite: Direction = direction === 'undo' ? 'redo' : 'undo';
  const button = opposite === 'redo' ? l10n.t('Redo') : l10n.t('Undo');
  // Not awaited: a notification may stay for long, and the command is done.
  void window.showInformationMessage(withoutLinks(doneSentence(direction, entry, files, kept)), button).then((picked) => {
    if (picked === button) void commands.executeCommand(`hearth.git.${opposite}`, { repository, id });
  });
}

/** The recorded actions as a list: Enter undoes, or does again what is undone. */
async function pickAction(shell: Shell, repository: string): Promise<void> {
  const entries = ownActions((await shell.server.send(undoList, { repository, limit: 200 })).entries);
  if (entries.length === 0) {
    void window.showInformationMessage(l10n.t('Nothing is recorded here: what Hearth does to this repository will be listed for 30 days.'));
    return;
  }
  const items = entries.map((entry): EntryItem => {
    const direction = actionOn(entry);
    const facts = [age(entry.time), stateWord(entry.state), entry.actor].filter((part) => part !== '');
    return {
      entry,
      label: withoutIcons(entryName(entry)),
      description: withoutIcons(facts.join(' · ')),
      detail: withoutIcons(
        [direction === 'undo' ? l10n.t('Enter: undo') : l10n.t('Enter: redo'), ...refLines(entry, direction, 2)].join(' · '),
      ),
      iconPath: new ThemeIcon(entry.state === 'undone' ? 'circle-outline' : kindIcon(entry.kind)),
    };
  });
  const picked = await window.showQuickPick(items, {
    title: l10n.t('What Hearth did here'),
    placeHolder: l10n.t('Undo an action, or do an undone one again'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked !== undefined) await ask(shell, repository, actionOn(picked.entry), picked.entry);
}
