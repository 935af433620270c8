/** What the keys of a panel do. */
interface Keys {
  /** By `event.key`, without modifiers; not where the user types, except Escape. */
  readonly plain: Readonly<Record<string, () => void>>;
  /** With Ctrl or Cmd, everywhere. */
  readonly control?: Readonly<Record<string, () => void>>;
  /** Elements that have an Enter and a Space of their own. */
  readonly own?: string;
}

/** Hears the keys of the whole panel, while no dialog is open; answers how to stop. */
export function listenToKeys({ plain, control = {}, own = 'button, a, input, summary' }: Keys): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (document.querySelector('dialog[open]') !== null || event.isComposing || event.altKey) return;
    const table = event.ctrlKey || event.metaKey ? control : plain;
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    if (table === plain) {
      const typing = target?.matches('input:not([type=checkbox], [type=radio]), textarea, select') === true;
      if (typing && event.key !== 'Escape') return;
      if ((event.key === ' ' || event.key === 'Enter') && target?.matches(own) === true) return;
    }
    const action = Object.hasOwn(table, event.key) ? table[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
