import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { HealthBadge, healthWords } from '../ui/health.tsx';
import { lasting } from '../ui/spans.ts';
import { moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Loaded } from './messages.ts';
import type { ServiceModel } from './model.ts';

interface Props {
  readonly model: ServiceModel;
  readonly loaded: Loaded;
  onHelp(): void;
}

/** Name, health and what is to be known at first sight, with the buttons of the service as a whole. */
export function Head({ model, loaded: { name, service, monitors, total }, onHelp }: Props): JSX.Element {
  const entry = service?.entry;
  const health = service?.status.health ?? monitors[0]?.health;
  // The environment that it is said of, where that is one of several.
  const where =
    service === null || service.status.environments.length < 2
      ? undefined
      : service.status.environments.find((each) => each.health.state === health?.state && each.health.message === health.message)
          ?.environment;
  const down = monitors.filter(({ state }) => state === 'down').length;
  return (
    <header class="head">
      <div class="title-row">
        <h1 class="title">
          <bdi>{visibleName(name)}</bdi>
        </h1>
        {health === undefined ? null : <HealthBadge state={health.state} />}
        <span class="gap" />
        <IconButton icon="type-hierarchy" label="Show on the map" shortcut="m" onClick={() => model.run({ what: 'map' })} />
        <IconButton icon="refresh" label="Refresh" shortcut="r" onClick={() => model.refresh()} />
        <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
      </div>
      <p class="quiet facts">
        {health === undefined ? null : (
          <span>
            {healthWords(health.state).name} <time title={`since ${moment(health.since)}`}>{lasting(health.since)}</time>
          </span>
        )}
        {total === 0 ? null : (
          <span>
            {total === 1 ? 'One monitor' : `${total} monitors`}
            {down === 0 ? '' : `, ${down} down`}
          </span>
        )}
        {entry === undefined ? null : <span>{entry.type}</span>}
        {entry === undefined || entry.lifecycle === 'production' ? null : <span>{entry.lifecycle}</span>}
        {entry?.owner == null ? null : (
          <span>
            Owner: <bdi>{visibleName(entry.owner)}</bdi>
          </span>
        )}
      </p>
      {health?.message === undefined || health.state === 'healthy' ? null : (
        <p class={`outcome ${health.state}`}>
          <Icon name={healthWords(health.state).icon} />
          <span>
            {where === undefined ? '' : `${visibleName(where)}: `}
            {visibleName(health.message)}
          </span>
        </p>
      )}
      {entry?.orphan == null ? null : (
        <p class="banner">
          <Icon name="question" /> <span>No configuration has this service any more, since {moment(entry.orphan)}. Its history stays.</span>
        </p>
      )}
    </header>
  );
}
