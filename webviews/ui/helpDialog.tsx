import { Fragment, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { IconButton } from './components.tsx';

/** Keys and what they do, in the order of the help. */
export type KeyHelp = readonly (readonly [keys: readonly string[], what: string])[];

/** What each key does. Esc closes it. */
export function HelpDialog({ keys: help, onClose }: { keys: KeyHelp; onClose(): void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <div class="help-head">
        <h2 id="help-title">Keys</h2>
        <IconButton icon="close" label="Close" shortcut="Escape" onClick={() => dialog.current?.close()} />
      </div>
      <dl>
        {help.map(([keys, what]) => (
          <Fragment key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </Fragment>
        ))}
      </dl>
    </dialog>
  );
}
