import { type Draft, rebase, resolved, saved, typed } from './drafts.ts';
import { notesLimit, titleLimit } from './words.ts';

/** Texts that can be drafts: of the item itself, of an entry by its id, and four that are not anywhere yet. */
export type DraftKey =
  | 'title'
  | 'notes'
  | 'assignee'
  | `check:${string}`
  | `comment:${string}`
  | 'newCheck'
  | 'newComment'
  | 'newTag'
  | 'newEntry';

export type Drafts = Readonly<Record<string, Draft>>;

interface Owner {
  /** Tells the store; resolves when it has answered, whatever it said. `kept` is called when it has the text. */
  send(key: DraftKey, draft: Draft, kept: () => void): Promise<void>;
  changed(): void;
}

/** Milliseconds without a key before notes are saved. */
const idle = 1000;

/** All that was typed into the panel and is not saved yet. */
export class ItemDrafts {
  readonly #owner: Owner;
  readonly #saving = new Map<DraftKey, { readonly text: string; readonly done: Promise<void> }>();
  #all: Drafts;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(kept: Drafts, owner: Owner) {
    this.#all = kept;
    this.#owner = owner;
  }

  get all(): Drafts {
    return this.#all;
  }

  /** Whether two texts wait for a decision somewhere. */
  get inConflict(): boolean {
    return Object.values(this.#all).some(({ theirs }) => theirs !== undefined);
  }

  get(key: DraftKey): Draft | undefined {
    return this.#all[key];
  }

  /** What a field shows. */
  text(key: DraftKey, stored = ''): string {
    return this.#all[key]?.text ?? stored;
  }

  /** The user typed; notes are saved when the keys rest. */
  type(key: DraftKey, stored: string, text: string): void {
    this.#set(key, typed(this.#all[key], stored, text));
    if (key !== 'notes') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(key), idle);
  }

  /** Gives up what was typed. */
  revert(key: DraftKey): void {
    this.#set(key, undefined);
  }

  /** Saves a draft of the item or of one of its entries. Nothing happens without one, or while another text waits for a decision. */
  async save(key: DraftKey): Promise<void> {
    if (key === 'notes') clearTimeout(this.#timer);
    // One at a time: each says what it started from.
    await this.#saving.get(key)?.done;
    const draft = this.#all[key];
    if (draft === undefined || draft.theirs !== undefined || problemOf(key, draft.text) !== undefined) return;
    const { text } = draft;
    const done = this.#owner.send(key, draft, () => this.#set(key, saved(this.#all[key], text)));
    this.#saving.set(key, { text, done });
    await done;
    if (this.#saving.get(key)?.done === done) this.#saving.delete(key);
  }

  /** Decides about two texts. */
  async resolve(key: DraftKey, keep: 'mine' | 'theirs'): Promise<void> {
    const draft = this.#all[key];
    if (draft === undefined) return;
    this.#set(key, resolved(draft, keep));
    if (keep === 'mine') await this.save(key);
  }

  /** The store says what it has. What is on its way there is no text of somebody else. */
  stored(texts: ReadonlyMap<string, string>): void {
    for (const [name, draft] of Object.entries(this.#all)) {
      const key = name as DraftKey;
      const now = texts.get(name);
      if (now === undefined) continue;
      const sent = this.#saving.get(key)?.text;
      this.#set(key, sent !== undefined && (sent === now || sent.trim() === now) ? saved(draft, sent) : rebase(draft, now));
    }
  }

  #set(key: DraftKey, draft: Draft | undefined): void {
    const { [key]: _, ...rest } = this.#all;
    this.#all = draft === undefined ? rest : { ...rest, [key]: draft };
    this.#owner.changed();
  }
}

/** Why a text cannot be saved as it is. */
export function problemOf(key: DraftKey, text: string): string | undefined {
  if (key === 'notes') return text.length > notesLimit ? `${text.length - notesLimit} characters too many: not saved yet.` : undefined;
  if (key === 'title') {
    if (text.trim() === '') return 'An item needs a title.';
    return text.length > titleLimit ? `At most ${titleLimit} characters.` : undefined;
  }
  if (key === 'assignee') return text.length > 200 ? 'At most 200 characters.' : undefined;
  if (key.startsWith('check:') && text.length > 500) return 'At most 500 characters.';
  return text.trim() === '' ? 'It cannot be empty.' : undefined;
}
