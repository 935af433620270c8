import { useLayoutEffect, useReducer } from 'preact/hooks';

interface Told {
  subscribe(listener: () => void): () => void;
}

/**
 * Draws a component anew whenever its model says so. It listens before the page asks for anything: `useEffect` waits for the first frame, and
 * an answer that comes sooner would be drawn by nobody.
 */
export function useDrawn(model: Told): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => model.subscribe(() => redraw(0)), [model]);
}
