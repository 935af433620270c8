import type { Memento } from 'vscode';
import type { Draft } from '../../webviews/commit/messages.ts';

const storageKey = 'hearth.git.commitDrafts';
/** Writing them to disk for each key pressed would be too often (milliseconds). */
const quiet = 500;

/** Messages that were not committed yet, one for each repository: they survive hiding, closing and reloading. */
export class CommitDrafts {
  readonly #state: Memento;
  readonly #drafts: Map<string, Draft>;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: Memento) {
    this.#state = state;
    const kept = Object.entries(state.get<Record<string, unknown>>(storageKey, {}));
    this.#drafts = new Map(kept.flatMap(([repository, draft]) => (isDraft(draft) ? [[repository, draft] as const] : [])));
  }

  get(repository: string): Draft | undefined {
    return this.#drafts.get(repository);
  }

  set(repository: string, draft: Draft): void {
    const empty = draft.message.trim() === '' && !draft.amend && draft.entry.text === '' && draft.entry.reason === '';
    if (empty) this.#drafts.delete(repository);
    else this.#drafts.set(repository, draft);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#write(), quiet);
  }

  dispose(): void {
    if (this.#timer !== undefined) void this.#write();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#state.update(storageKey, Object.fromEntries(this.#drafts));
  }
}

/** It was stored by an earlier version, maybe. */
function isDraft(value: unknown): value is Draft {
  const { message, amend, entry, allow } = (value ?? {}) as Partial<Draft>;
  const { kind, category, text, reason } = entry ?? {};
  const texts = [message, category, text, reason];
  return (
    texts.every((each) => typeof each === 'string') &&
    typeof amend === 'boolean' &&
    Array.isArray(allow) &&
    (kind === 'entry' || kind === 'none')
  );
}
