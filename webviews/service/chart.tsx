import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Past } from './messages.ts';
import { lineNames, plot, pointAt, pointWords } from './plot.ts';

/** Answer times as lines, times of failure as shades. Arrow keys go along it; what the chosen row says stands below. */
export function Chart({ past, label }: { past: Past; label: string }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>(undefined);
  /** The time that is looked at: newer answers are drawn as another chart, and the place stays. */
  const looked = useRef<number | undefined>(undefined);
  const theme = useTheme();
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const onPoint = (index: number | undefined): void => {
      looked.current = index === undefined ? undefined : past.time[index];
      setAt(index);
    };
    const drawn = plot(element, past, onPoint, looked.current);
    chart.current = drawn;
    performance.mark('hearth:charted');
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width || element.clientWidth === 0) return;
      width = element.clientWidth;
      drawn.setSize({ width, height: drawn.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
  }, [past, theme]);
  const last = past.time.length - 1;
  const onKey = (event: KeyboardEvent): void => {
    const from = at ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 10, PageDown: from + 10, Home: 0, End: last }[event.key];
    if (to === undefined || chart.current === undefined) return;
    event.preventDefault();
    pointAt(chart.current, Math.max(0, Math.min(last, to)));
  };
  const words = at === undefined || at > last ? label : pointWords(past, at);
  return (
    <>
      <div
        class="chart-focus"
        role="slider"
        tabIndex={0}
        aria-label="Answer times"
        aria-valuemin={1}
        aria-valuemax={Math.max(1, last + 1)}
        aria-valuenow={Math.max(1, (at ?? last) + 1)}
        aria-valuetext={words}
        onKeyDown={onKey}
      >
        <div class="chart-place" ref={place} />
      </div>
      <p class="chart-words">
        <span class="legend" aria-hidden="true">
          {lineNames(past).map(({ name, colour, dash }) => (
            <span key={name} class="legend-line">
              <svg width="22" height="8" role="presentation">
                <line
                  x1="0"
                  y1="4"
                  x2="22"
                  y2="4"
                  stroke-width="2"
                  stroke-dasharray={dash.join(' ')}
                  style={{ stroke: `var(${colour})` }}
                />
              </svg>
              {name}
            </span>
          ))}
        </span>
        <span class="quiet">{words}</span>
      </p>
    </>
  );
}

/** Changes with the colours of the window. */
function useTheme(): string {
  const read = (): string => `${document.body.className} ${document.body.dataset['vscodeThemeId'] ?? ''}`;
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(read()));
    observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
