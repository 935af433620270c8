import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { HealthBadge, HealthIcon, healthWords } from '../ui/health.tsx';
import { lasting } from '../ui/spans.ts';
import { moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { MapModel } from './model.ts';

/** What the map says of the chosen service, else of the project as a whole. */
export function Side({ model }: { model: MapModel }): JSX.Element {
  return (
    <aside class="side" aria-label={model.chosen === undefined ? 'Summary' : 'Chosen service'}>
      {model.chosen === undefined ? <Summary model={model} /> : <Chosen model={model} name={model.chosen} />}
    </aside>
  );
}

function Summary({ model }: { model: MapModel }): JSX.Element {
  const { services } = model;
  const cycles = model.loaded.value?.cycles ?? [];
  const states = (['down', 'pending', 'unobserved', 'unknown', 'maintenance', 'paused', 'healthy'] as const)
    .map((state) => ({ state, count: services.filter(({ entry }) => (model.health(entry.name)?.state ?? 'unknown') === state).length }))
    .filter(({ count }) => count > 0);
  return (
    <>
      <h2>{services.length === 1 ? 'One service' : `${services.length} services`}</h2>
      <ul class="rows">
        {states.map(({ state, count }) => (
          <li key={state} class="row plain">
            <HealthIcon state={state} spoken={false} />
            <span class="row-text">{healthWords(state).name}</span>
            <span class="quiet">{count}</span>
          </li>
        ))}
      </ul>
      {cycles.length === 0 ? null : (
        <>
          <h3>
            <Icon name="sync" /> {cycles.length === 1 ? 'One cycle' : `${cycles.length} cycles`}
          </h3>
          <ul class="rows cycles">
            {cycles.map((way) => (
              <li key={way.join(' ')} class="row plain">
                {[...way, way[0] ?? ''].map(visibleName).join(' → ')}
              </li>
            ))}
          </ul>
          <p class="quiet">Each of them fails when one does, and none can start first.</p>
        </>
      )}
      <p class="quiet">A line goes from what needs to what is needed. Choose a service to see what fails with it.</p>
    </>
  );
}

function Chosen({ model, name }: { model: MapModel; name: string }): JSX.Element {
  const listed = model.service(name);
  const health = model.health(name);
  return (
    <>
      <h2>
        <bdi>{visibleName(name)}</bdi>
      </h2>
      {health === undefined ? null : (
        <p>
          <HealthBadge state={health.state} />{' '}
          <span class="quiet">
            <time title={`since ${moment(health.since)}`}>{lasting(health.since)}</time>
          </span>
        </p>
      )}
      {health?.message === undefined || health.state === 'healthy' ? null : <p>{visibleName(health.message)}</p>}
      {listed === undefined ? <p class="quiet">The catalog does not have it. Add it to hearth.yaml, under services or catalog.</p> : null}
      {listed?.entry.owner == null ? null : <p class="quiet">Owner: {visibleName(listed.entry.owner)}</p>}
      {listed === undefined ? null : (
        <div class="buttons">
          <button type="button" class="button" aria-keyshortcuts="Enter" onClick={() => model.run({ what: 'service', name })}>
            Open service
          </button>
        </div>
      )}
      <h3>When it fails</h3>
      <Names model={model} names={model.impact} none="Nothing fails with it." direct="needs it" />
      <h3>What it needs</h3>
      <Names model={model} names={model.needed} none="Nothing." direct="directly" />
    </>
  );
}

interface NamesProps {
  readonly model: MapModel;
  /** With how many steps they are away. */
  readonly names: ReadonlyMap<string, number>;
  readonly none: string;
  readonly direct: string;
}

function Names({ model, names, none, direct }: NamesProps): JSX.Element {
  if (names.size === 0) return <p class="quiet">{none}</p>;
  return (
    <ul class="rows">
      {[...names].map(([name, distance]) => (
        <li key={name}>
          <button type="button" class="row" onClick={() => model.choose(name)}>
            <HealthIcon state={model.health(name)?.state ?? 'unknown'} />
            <span class="row-text">
              <bdi>{visibleName(name)}</bdi>
            </span>
            <span class="quiet">{distance === 1 ? direct : `${distance} steps away`}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
