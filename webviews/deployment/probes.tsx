import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { visibleName } from '../ui/visibleText.ts';
import type { Probe } from './messages.ts';
import { probesSummary, probeWords } from './words.ts';

/** The looks at the new version as a strip, oldest first. Arrow keys go along it; what the chosen one saw stands below. */
export function Probes({ probes }: { probes: readonly Probe[] }): JSX.Element {
  const [picked, pick] = useState<number | undefined>(undefined);
  const times = probes.map(({ time }) => time);
  const found = picked === undefined ? -1 : times.indexOf(picked);
  const at = found === -1 ? probes.length - 1 : found;
  const probe = probes[at];
  const slowest = Math.max(1, ...probes.map(({ milliseconds }) => milliseconds));
  const onKey = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: probes.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(times[Math.max(0, Math.min(probes.length - 1, to))]);
  };
  return (
    <section class="probes" aria-label="Probes">
      <h2>
        Probes <span class="count">{probesSummary(probes)}</span>
      </h2>
      {probe === undefined ? null : (
        <>
          <div
            class="strip"
            role="slider"
            tabIndex={0}
            aria-label="Probe"
            aria-valuemin={1}
            aria-valuemax={probes.length}
            aria-valuenow={at + 1}
            aria-valuetext={probeWords(probe)}
            onKeyDown={onKey}
          >
            {probes.map((each, index) => (
              // The mouse picks, too; the keyboard does on the strip itself.
              <span
                key={each.time}
                class={`beat ${each.ok ? 'ok' : 'failed'} ${index === at ? 'chosen' : ''}`}
                title={probeWords(each)}
                onPointerDown={() => pick(each.time)}
              >
                <span class={`bar height-${Math.max(2, Math.ceil((each.milliseconds / slowest) * 10))}`} />
              </span>
            ))}
          </div>
          <p class={`probe-words ${probe.ok ? 'ok' : 'failed'}`}>{visibleName(probeWords(probe))}</p>
        </>
      )}
    </section>
  );
}
