import type { JSX } from 'preact';

const limits = { least: 160, most: 640 };

/** Between the tree and the files; with the mouse, or with the arrow keys when focused. */
export function Splitter({ width, onWidth }: { width: number; onWidth(width: number): void }): JSX.Element {
  const set = (wanted: number): void => onWidth(Math.max(limits.least, Math.min(limits.most, Math.round(wanted))));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a window splitter is a focusable separator; hr cannot be one
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the file tree"
      aria-valuenow={width}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(width + step);
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        const { currentTarget, pointerId, clientX } = event;
        currentTarget.setPointerCapture(pointerId);
        currentTarget.onpointermove = (move) => set(width + move.clientX - clientX);
        currentTarget.onpointerup = () => {
          currentTarget.onpointermove = null;
        };
      }}
    />
  );
}
