import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { visibleName } from '../ui/visibleText.ts';
import type { Beat } from './messages.ts';
import { beatsSummary, beatWords } from './words.ts';

/** Places of the bar: so many beats are kept at hand. */
const places = 100;

/** The last 100 looks, oldest first. Arrow keys go along them; what the chosen one saw stands below. */
export function Heartbeat({ beats }: { beats: readonly Beat[] }): JSX.Element {
  const [picked, pick] = useState<number | undefined>(undefined);
  const shown = beats.slice(-places);
  const found = picked === undefined ? -1 : shown.findIndex(({ time }) => time === picked);
  const at = found === -1 ? shown.length - 1 : found;
  const beat = shown[at];
  const slowest = Math.max(1, ...shown.map(({ milliseconds }) => milliseconds ?? 0));
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: shown.length - 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(shown.length - 1, step));
    // At the end the newest one is shown, also when a newer one comes.
    pick(to === shown.length - 1 ? undefined : shown[to]?.time);
  };
  return (
    <section class="heartbeat" aria-label="Heartbeat">
      <div
        class="beats"
        role="slider"
        tabIndex={0}
        aria-label="Beat"
        aria-valuemin={1}
        aria-valuemax={Math.max(1, shown.length)}
        aria-valuenow={Math.max(1, at + 1)}
        aria-valuetext={beat === undefined ? 'No beat yet' : beatWords(beat)}
        onKeyDown={onKey}
      >
        {Array.from({ length: places - shown.length }, (_, index) => (
          <span key={`empty ${index}`} class="beat empty" />
        ))}
        {shown.map((each, index) => (
          // The mouse picks, too; the keyboard does on the bar itself.
          <span
            key={each.time}
            class={`beat ${each.state} ${picked !== undefined && index === at ? 'chosen' : ''}`}
            title={visibleName(beatWords(each))}
            onPointerDown={() => pick(each.time)}
          >
            <span class="bar" style={{ height: `${heightOf(each, slowest)}%` }} />
          </span>
        ))}
      </div>
      <p class="beat-words">
        <span class={beat === undefined ? '' : `said ${beat.state}`}>
          {beat === undefined ? 'No beat yet' : visibleName(beatWords(beat))}
        </span>
        <span class="quiet">{beatsSummary(shown)}</span>
      </p>
    </section>
  );
}

/** What did not answer stands as tall as can be, so that it is seen without its colour. */
function heightOf({ state, milliseconds }: Beat, slowest: number): number {
  if (state === 'down') return 100;
  if (milliseconds === null) return 40;
  return 25 + Math.round((milliseconds / slowest) * 65);
}
