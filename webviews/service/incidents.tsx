import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { incidentWords } from '../ui/incidentWords.ts';
import { duration } from '../ui/spans.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Incident } from './messages.ts';
import type { ServiceModel } from './model.ts';

/** Open incidents, then the last ones; each opens its panel. */
export function Incidents({ model, incidents }: { model: ServiceModel; incidents: readonly Incident[] }): JSX.Element {
  const open = incidents.filter(({ resolved, state }) => resolved === null && state !== 'merged').length;
  return (
    <section class="card" aria-labelledby="incidents-title">
      <h2 id="incidents-title">Incidents {open === 0 ? null : <span class="count">{open} open</span>}</h2>
      {incidents.length === 0 ? <p class="quiet">None so far.</p> : null}
      <ul class="rows">
        {incidents.map(({ id, number, title, state, started, resolved }) => (
          <li key={id}>
            <button
              type="button"
              class={`row incident-row ${resolved === null ? 'open' : ''}`}
              onClick={() => model.run({ what: 'incident', id })}
            >
              <Icon name={incidentWords(state).icon} />
              <span class="row-text">
                I-{number} <bdi>{visibleName(title)}</bdi>
                <span class="quiet block">
                  {incidentWords(state).name}, <span title={moment(started)}>{ago(started)}</span>
                  {resolved === null ? null : ` · ${duration(resolved - started)}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
