import { commands, type DocumentSymbol, l10n, type QuickPickItem, SymbolKind, ThemeIcon, Uri, window, workspace } from 'vscode';
import type { CommandTable, Shell } from '../shell.ts';
import { RevisionNode } from './historyNodes.ts';
import { type LineRange, type Subject, selectedLines } from './historySubject.ts';
import { sideUri } from './revisionOpen.ts';
import { type Place, placeOf, shownPlace } from './revisionPlace.ts';

type Show = (subject: Subject) => Promise<void>;

/** Commands that ask for a history. Arguments: an address, `{repository, path, revision?, lines?, contents?}`, or the active editor. */
export function historyCommands(shell: Shell, show: Show): CommandTable {
  return {
    'hearth.git.showFileHistory': async (argument: unknown) => {
      const place = await placeShown(shell, argument);
      if (place !== undefined) await show({ kind: 'file', ...subjectPlace(place) });
    },
    'hearth.git.showFolderHistory': async (argument: unknown) => {
      const place = argument instanceof Uri ? await placeOf(shell, argument) : await placeShown(shell, argument);
      if (place !== undefined) await show({ kind: 'folder', ...subjectPlace(place) });
    },
    'hearth.git.showLineHistory': async (argument: unknown) => {
      const place = await placeShown(shell, argument);
      if (place === undefined) return;
      const lines = linesArgument(argument) ?? editorLines();
      if (lines === undefined) return void window.showInformationMessage(l10n.t('Select lines in an editor first.'));
      await show({ kind: 'lines', lines, ...subjectPlace(place), ...contentsFor(place, argument) });
    },
    'hearth.git.showFunctionHistory': (argument: unknown) => showFunctionHistory(shell, show, argument),
    'hearth.git.openRevisionChanges': (node: unknown) =>
      node instanceof RevisionNode ? commands.executeCommand('hearth.git.diffWithPrevious', node) : undefined,
  };
}

async function placeShown(shell: Shell, argument: unknown): Promise<Place | undefined> {
  const shown = await shownPlace(shell, argument);
  if (shown === undefined) void window.showInformationMessage(l10n.t('Open a file of a repository first.'));
  return shown?.kind === 'diff' ? shown.to : shown?.place;
}

/** A history starts at the revision that is looked at; that of the working file and the index at HEAD. */
function subjectPlace({ repository, path, side }: Place): { repository: string; path: string; revision?: string } {
  switch (side.kind) {
    case 'commit':
      return { repository, path, revision: side.revision };
    case 'stash':
      return { repository, path, revision: `stash@{${side.index}}` };
    default:
      return { repository, path };
  }
}

/** The text whose lines are meant, where it is not that of a commit: git finds them in HEAD by it. */
function contentsFor(place: Place, argument: unknown): { contents?: string } {
  const given = (argument as { contents?: unknown } | undefined)?.contents;
  if (typeof given === 'string') return { contents: given };
  if (place.side.kind === 'commit' || place.side.kind === 'stash') return {};
  const uri = sideUri(place.repository, place.side, place.path).toString();
  const document = workspace.textDocuments.find((each) => each.uri.toString() === uri);
  return document === undefined ? {} : { contents: document.getText() };
}

function linesArgument(argument: unknown): LineRange | undefined {
  const { start, end } = (argument as { lines?: Partial<LineRange> } | undefined)?.lines ?? {};
  return Number.isInteger(start) && Number.isInteger(end) ? { start: Number(start), end: Number(end) } : undefined;
}

function editorLines(): LineRange | undefined {
  const editor = window.activeTextEditor;
  return editor === undefined ? undefined : selectedLines(editor.selection);
}

/** Kinds of symbols that are worth a history of their own. */
const kinds = new Map([
  [SymbolKind.Function, 'symbol-function'],
  [SymbolKind.Method, 'symbol-method'],
  [SymbolKind.Constructor, 'symbol-constructor'],
  [SymbolKind.Class, 'symbol-class'],
  [SymbolKind.Interface, 'symbol-interface'],
  [SymbolKind.Struct, 'symbol-struct'],
  [SymbolKind.Enum, 'symbol-enum'],
  [SymbolKind.Module, 'symbol-module'],
  [SymbolKind.Namespace, 'symbol-namespace'],
  [SymbolKind.Variable, 'symbol-variable'],
  [SymbolKind.Constant, 'symbol-constant'],
  [SymbolKind.Property, 'symbol-property'],
  [SymbolKind.String, 'symbol-string'],
]);

const values = new Set([SymbolKind.Variable, SymbolKind.Constant, SymbolKind.Property, SymbolKind.String]);

interface SymbolItem extends QuickPickItem {
  readonly lines: LineRange;
}

async function showFunctionHistory(shell: Shell, show: Show, argument: unknown): Promise<void> {
  const place = await placeShown(shell, argument);
  if (place === undefined) return;
  const named = (argument as { name?: unknown } | undefined)?.name;
  if (typeof named === 'string') return show({ kind: 'function', name: named, ...subjectPlace(place) });
  const uri = sideUri(place.repository, place.side, place.path);
  const symbols = (await commands.executeCommand<DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', uri)) ?? [];
  const items = symbolItems(symbols, '');
  if (items.length === 0) {
    // No language support here: git knows the functions of many languages itself.
    const name = await window.showInputBox({ prompt: l10n.t('Name of the function, as git finds it (a regular expression)') });
    if (name) await show({ kind: 'function', name, ...subjectPlace(place) });
    return;
  }
  const picked = await pickSymbol(items, l10n.t('History of which function?'));
  if (picked !== undefined)
    await show({ kind: 'lines', lines: picked.lines, name: picked.label, ...subjectPlace(place), ...contentsFor(place, argument) });
}

function symbolItems(symbols: readonly DocumentSymbol[], container: string): SymbolItem[] {
  return symbols.flatMap(({ name, kind, range, children = [] }) => {
    const icon = kinds.get(kind);
    const inner = symbolItems(children, container === '' ? name : `${container}.${name}`);
    if (icon === undefined || range === undefined) return inner;
    const lines = selectedLines(range);
    // A variable on one line is no function; one over several may hold one.
    if (values.has(kind) && lines.start === lines.end) return inner;
    return [{ label: name, description: container, iconPath: new ThemeIcon(icon), lines }, ...inner];
  });
}

/** The innermost symbol around the cursor is chosen at first. */
function pickSymbol(items: readonly SymbolItem[], placeholder: string): Promise<SymbolItem | undefined> {
  const line = (window.activeTextEditor?.selection.active.line ?? -1) + 1;
  const around = items.filter(({ lines }) => lines.start <= line && line <= lines.end).at(-1);
  const pick = window.createQuickPick<SymbolItem>();
  pick.placeholder = placeholder;
  pick.matchOnDescription = true;
  pick.items = items;
  if (around !== undefined) pick.activeItems = [around];
  return new Promise((done) => {
    pick.onDidAccept(() => {
      done(pick.activeItems[0]);
      pick.hide();
    });
    pick.onDidHide(() => {
      done(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
