import type { JSX } from 'preact';
import { IconButton } from '../ui/components.tsx';
import type { Finder } from './finder.ts';

/** Find in the comparison: all files, also those that were not drawn yet. */
export function FindBar({ finder, hidden, onClose }: { finder: Finder; hidden: boolean; onClose(): void }): JSX.Element {
  const close = (): void => {
    finder.clear();
    onClose();
    document.querySelector<HTMLElement>('.files')?.focus();
  };
  return (
    <search class="find-bar" hidden={hidden}>
      <input
        type="text"
        class="input"
        placeholder="Find in the comparison"
        aria-label="Find in the comparison"
        spellcheck={false}
        value={finder.text}
        onInput={({ currentTarget }) => finder.start(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            finder.go(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            close();
          }
        }}
      />
      <span class="find-count" role="status">
        {finder.summary}
      </span>
      {finder.canContinue ? (
        <button type="button" class="link" onClick={() => finder.goOn()}>
          Search on
        </button>
      ) : null}
      <IconButton icon="arrow-up" label="Previous match" shortcut="Shift+Enter" onClick={() => finder.go(-1)} />
      <IconButton icon="arrow-down" label="Next match" shortcut="Enter" onClick={() => finder.go(1)} />
      <IconButton icon="close" label="Close" shortcut="Escape" onClick={close} />
    </search>
  );
}
