import type { JSX } from 'preact';

interface Props {
  readonly width: number;
  readonly label: string;
  readonly limits?: { readonly least: number; readonly most: number };
  /** The part it sizes stands after it. */
  readonly after?: boolean;
  onWidth(width: number): void;
}

/** Between two columns, of one of which it sets the width in pixels; with the mouse, or with the arrow keys when focused. */
export function Splitter({ width, label, limits = { least: 160, most: 640 }, after = false, onWidth }: Props): JSX.Element {
  const sign = after ? -1 : 1;
  const set = (wanted: number): void => onWidth(Math.max(limits.least, Math.min(limits.most, Math.round(wanted))));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a window splitter is a focusable separator; hr cannot be one
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(width + sign * step);
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        const { currentTarget, pointerId, clientX } = event;
        currentTarget.setPointerCapture(pointerId);
        currentTarget.onpointermove = (move) => set(width + sign * (move.clientX - clientX));
        currentTarget.onpointerup = () => {
          currentTarget.onpointermove = null;
        };
      }}
    />
  );
}
