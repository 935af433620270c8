import { timeWords } from './text.ts';

/** How often the event loop shows that it lives, while somebody looks. */
const tick = 250;
/** A look during which we stood still for longer says nothing bad of anybody. */
const tolerance = 1000;

let watchers = 0;
let timer: NodeJS.Timeout | undefined;
let last = 0;
/** When the loop came back after a long silence, and how long that was; monotonic. */
let gaps: { readonly end: number; readonly length: number }[] = [];

/**
 * Watches whether we ourselves are disturbed (a blocked event loop, SIGSTOP, a sleeping machine, a clock that is set) from now until
 * `stop`. One timer for all; none while nobody looks.
 */
export function watchDisturbance(): { why(): string | undefined; stop(): void } {
  const start = performance.now();
  const offset = Date.now() - start;
  if (watchers++ === 0) {
    last = start;
    gaps = [];
    timer = setInterval(beat, tick);
    timer.unref();
  }
  return {
    why: () => {
      beat();
      const length = Math.max(0, ...gaps.filter(({ end }) => end > start).map((gap) => gap.length));
      if (length > 0) return `Hearth itself stood still for ${timeWords(length)} meanwhile`;
      const shift = Math.abs(Date.now() - performance.now() - offset);
      return shift > 2000 ? `the machine slept or its clock was set by ${timeWords(shift)} meanwhile` : undefined;
    },
    stop: () => {
      if (--watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function beat(): void {
  const now = performance.now();
  const length = now - last - tick;
  if (length > tolerance) gaps = [...gaps.slice(-20), { end: now, length }];
  last = now;
}
