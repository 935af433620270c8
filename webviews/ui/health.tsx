import './health.css';
import type { JSX } from 'preact';
import type { HealthState } from '../../server/protocol/health.ts';
import type { MonitorState } from '../../server/protocol/monitorTypes.ts';
import { Icon } from './components.tsx';

/** How something is: a word and an icon for those who do not see its colour. */
interface Words {
  readonly name: string;
  readonly icon: string;
}

const healthNames: Readonly<Record<HealthState, Words>> = {
  healthy: { name: 'Healthy', icon: 'pass-filled' },
  pending: { name: 'Pending', icon: 'color-mode' },
  down: { name: 'Down', icon: 'error' },
  unknown: { name: 'Not known', icon: 'circle-outline' },
  unobserved: { name: 'Not observed', icon: 'circle-outline' },
  paused: { name: 'Paused', icon: 'debug-pause' },
  maintenance: { name: 'Maintenance', icon: 'tools' },
};

export function healthWords(state: HealthState): Words {
  return healthNames[state];
}

const asHealth: Readonly<Record<MonitorState, HealthState>> = {
  unknown: 'unknown',
  up: 'healthy',
  pending: 'pending',
  down: 'down',
  paused: 'paused',
  maintenance: 'maintenance',
  unobserved: 'unobserved',
};

const monitorNames: Readonly<Record<MonitorState, string>> = {
  unknown: 'Never looked',
  up: 'Up',
  pending: 'Failing',
  down: 'Down',
  paused: 'Paused',
  maintenance: 'Maintenance',
  unobserved: 'Not observed',
};

export function monitorWords(state: MonitorState): Words & { readonly tone: HealthState } {
  const tone = asHealth[state];
  return { name: monitorNames[state], icon: healthNames[tone].icon, tone };
}

/** The icon in its colour, and the word where it is not shown beside it. */
export function HealthIcon({ state, spoken = true }: { state: HealthState; spoken?: boolean }): JSX.Element {
  const { name, icon } = healthNames[state];
  return (
    <span class={`health ${state}`} title={name}>
      <Icon name={icon} />
      {spoken ? <span class="visually-hidden">{name}</span> : null}
    </span>
  );
}

/** The icon with its word. */
export function HealthBadge({ state, name }: { state: HealthState; name?: string }): JSX.Element {
  return (
    <span class={`health-badge ${state}`}>
      <HealthIcon state={state} spoken={false} /> {name ?? healthNames[state].name}
    </span>
  );
}
