import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { Layout } from './layout.ts';

const limits = { least: 0.35, most: 2 };
const inLimits = (scale: number): number => Math.max(limits.least, Math.min(limits.most, scale));

export interface Zoom {
  readonly scale: number;
  by(factor: number): void;
  /** All of it, if it is legible then; never larger than life. */
  fit(): void;
}

/** How large the map is drawn in its frame; all of it at first. */
export function useZoom(frame: RefObject<HTMLElement | null>, layout: Layout | undefined): Zoom {
  const [scale, setScale] = useState(1);
  const zoom = useMemo(
    () => ({
      by: (factor: number) => setScale((now) => inLimits(now * factor)),
      fit: () => {
        const element = frame.current;
        if (element === null || layout === undefined || layout.width === 0) return;
        setScale(inLimits(Math.min(1, element.clientWidth / layout.width, element.clientHeight / layout.height)));
      },
    }),
    [layout],
  );
  useLayoutEffect(() => zoom.fit(), [zoom]);
  return { ...zoom, scale };
}
