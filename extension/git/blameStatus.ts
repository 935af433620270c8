import { env, l10n, StatusBarAlignment, window } from 'vscode';
import { Registered } from '../ui/disposable.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { CurrentLine, CurrentLineBlame } from './blameCurrent.ts';
import { formatBlame, plain } from './blameFormat.ts';
import type { LineBlameController } from './blameLine.ts';
import { statusWanted } from './blameSettings.ts';
import type { LineBlame } from './blameSource.ts';
import { isUncommitted } from './blameTable.ts';

/** The blame of the current line in the status bar, for those who have the inline form off. */
export class BlameStatus extends Registered {
  readonly #line: LineBlameController;
  readonly #item = this.register(window.createStatusBarItem('hearth.git.blame', StatusBarAlignment.Left, 10));
  #visible = false;

  constructor(current: CurrentLineBlame, line: LineBlameController) {
    super();
    this.#line = line;
    this.#item.name = l10n.t('Hearth: Blame of the Current Line');
    this.#item.command = 'hearth.git.lineActions';
    this.register(current.onDidChange((state) => this.#render(state)));
  }

  /** What the item says; undefined while it is hidden. */
  get shown(): string | undefined {
    return this.#visible ? this.#item.text : undefined;
  }

  #render(state: CurrentLine): void {
    if (state.kind === 'waiting' && this.#visible) return; // no flicker while the answer comes
    if (state.kind !== 'blamed' || !statusWanted(state.editor.document, this.#line.active(state.editor.document))) {
      this.#item.hide();
      this.#visible = false;
      return;
    }
    const label = statusText(state.blame);
    this.#item.text = `$(git-commit) ${withoutIcons(label)}`;
    this.#item.tooltip = isUncommitted(state.blame.commit) ? l10n.t('This line is not committed yet') : plain(state.blame.facts.summary);
    this.#item.accessibilityInformation = {
      label: l10n.t('Last change of this line: {0}', `${label}. ${this.#item.tooltip}`),
      role: 'button',
    };
    this.#item.show();
    this.#visible = true;
  }
}

function statusText(blame: LineBlame): string {
  if (isUncommitted(blame.commit)) return l10n.t('Uncommitted');
  return formatBlame('${author|24}, ${ago}', {
    id: blame.commit,
    commit: blame.facts,
    now: Date.now() / 1000,
    language: env.language,
  });
}
