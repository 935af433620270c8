import { l10n, MarkdownString, StatusBarAlignment, window } from 'vscode';
import type { ItemRow } from '../../server/protocol/work.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { CurrentItems } from './currentItems.ts';
import { checksSpoken, reference, shortReference, stateName, typeName } from './workWords.ts';

/** The current work item in the status bar: of the repository of the active editor. Hidden when its branch has none. */
export class WorkStatus extends Registered {
  readonly #shell: Shell;
  readonly #current: CurrentItems;
  readonly #item = this.register(window.createStatusBarItem('hearth.work.current', StatusBarAlignment.Left, 11));
  #shown: { repository: string; row: ItemRow } | undefined;
  #generation = 0;

  constructor(shell: Shell, current: CurrentItems) {
    super();
    this.#shell = shell;
    this.#current = current;
    this.#item.name = l10n.t('Hearth: Current Work Item');
    this.register(window.onDidChangeActiveTextEditor(() => void this.#update()));
    this.register(shell.repositories.onDidChange(() => void this.#update()));
    this.register(current.onDidChange(() => void this.#update()));
  }

  /** What the item says, and of what; undefined while it is hidden. */
  get shown(): { text: string; repository: string; row: ItemRow } | undefined {
    return this.#shown === undefined ? undefined : { ...this.#shown, text: this.#item.text };
  }

  async #update(): Promise<void> {
    const generation = ++this.#generation;
    const repository = (await this.#shell.repositories.current())?.root;
    const row = repository === undefined ? undefined : (await this.#current.get(repository))?.item;
    // The user has gone on to another editor meanwhile: that one's answer counts.
    if (generation !== this.#generation) return;
    if (repository === undefined || row === undefined) {
      this.#shown = undefined;
      this.#item.hide();
      return;
    }
    this.#shown = { repository, row };
    this.#item.text = `$(target) ${withoutIcons(shortReference(row))}`;
    this.#item.tooltip = tooltipOf(row);
    this.#item.command = { command: 'hearth.work.actions', title: l10n.t('Item Actions…'), arguments: [{ repository, id: row.id }] };
    this.#item.accessibilityInformation = { label: l10n.t('Current work item: {0}', reference(row)), role: 'button' };
    this.#item.show();
  }
}

function tooltipOf(row: ItemRow): MarkdownString {
  const facts = [`${typeName(row.type)} · ${stateName(row.state)}`, checksSpoken(row), row.branch ?? ''].filter((fact) => fact !== '');
  const tooltip = new MarkdownString().appendText(reference(row));
  for (const fact of facts) tooltip.appendMarkdown('\n\n').appendText(fact);
  return tooltip;
}
