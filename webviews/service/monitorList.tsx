import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { HealthIcon, monitorWords } from '../ui/health.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Loaded, MonitorRow } from './messages.ts';
import type { ServiceModel } from './model.ts';
import { kindName, rowWords } from './words.ts';

/** From so many on, a filter is of use. */
const many = 8;
/** Rows that are drawn; more are found by typing. */
const mostRows = 200;

/** The monitors of the service, worst first; nothing when there is one. */
export function MonitorList({ model, loaded: { monitors, total } }: { model: ServiceModel; loaded: Loaded }): JSX.Element | null {
  const [filter, setFilter] = useState('');
  if (monitors.length < 2) return null;
  const wanted = filter.toLowerCase();
  const found = monitors.filter(({ name, target, environment }) =>
    [name, target, environment ?? ''].some((text) => text.toLowerCase().includes(wanted)),
  );
  const drawn = found.slice(0, mostRows);
  return (
    <section class="card" aria-labelledby="monitors-title">
      <div class="card-head">
        <h2 id="monitors-title">
          Monitors <span class="count">{total}</span>
        </h2>
        {monitors.length < many ? null : (
          <input
            id="filter"
            class="input"
            type="search"
            placeholder="Filter"
            aria-label="Filter monitors"
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        )}
      </div>
      <ul class="rows monitor-rows" aria-labelledby="monitors-title">
        {drawn.map((row) => (
          <li key={row.id}>
            <Row row={row} chosen={row.id === model.chosenId} onChoose={() => model.choose(row.id)} />
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="quiet">No monitor of that name.</p> : null}
      {found.length > drawn.length ? <p class="quiet">And {found.length - drawn.length} more: type a part of the name.</p> : null}
      {monitors.length < total ? (
        <button type="button" class="link" onClick={() => model.showAll()}>
          Show all {total}
        </button>
      ) : null}
    </section>
  );
}

function Row({ row, chosen, onChoose }: { row: MonitorRow; chosen: boolean; onChoose(): void }): JSX.Element {
  return (
    <button type="button" class="row monitor-row" aria-pressed={chosen} title={visibleName(row.target)} onClick={onChoose}>
      <HealthIcon state={monitorWords(row.state).tone} />
      <span class="row-text">
        <bdi>{visibleName(row.name)}</bdi>{' '}
        <span class="quiet">
          {kindName(row.kind)}
          {row.environment === null ? null : <bdi> · {visibleName(row.environment)}</bdi>}
        </span>
      </span>
      <Beats beats={row.beats} />
      <span class="row-words">{rowWords(row)}</span>
    </button>
  );
}

const states: Readonly<Record<string, string>> = { u: 'up', p: 'pending', d: 'down', m: 'maintenance', o: 'unobserved', n: 'unknown' };

/** The last beats as a small strip; the word beside it says how it is now. */
function Beats({ beats }: { beats: string }): JSX.Element {
  return (
    <span class="small-beats" aria-hidden="true">
      {[...beats].map((letter, index) => (
        <span key={index} class={`small-beat ${states[letter] ?? 'unknown'}`} />
      ))}
    </span>
  );
}
