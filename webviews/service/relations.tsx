import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { HealthIcon } from '../ui/health.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Service } from './messages.ts';
import type { ServiceModel } from './model.ts';

interface Props {
  readonly model: ServiceModel;
  readonly service: Service;
}

/** Where it runs, and which commit. */
export function Environments({ model, service: { status } }: Props): JSX.Element | null {
  if (status.environments.length === 0) return null;
  return (
    <section class="card" aria-labelledby="environments-title">
      <h2 id="environments-title">Environments</h2>
      <ul class="rows">
        {status.environments.map(({ environment, health, deployment, commit, url }) => (
          <li key={environment} class="row plain">
            <HealthIcon state={health.state} />
            <span class="row-text">
              <bdi>{visibleName(environment)}</bdi>
            </span>
            {commit === null ? null : (
              <button
                type="button"
                class="link"
                aria-label={`Show the changes of ${commit.slice(0, 7)}`}
                onClick={() => model.run({ what: 'commit', commit })}
              >
                <code>{commit.slice(0, 7)}</code>
              </button>
            )}
            {deployment === null ? null : (
              <button
                type="button"
                class="link"
                aria-label={`Open the deployment in ${visibleName(environment)}`}
                onClick={() => model.run({ what: 'deployment', id: deployment })}
              >
                Deployment
              </button>
            )}
            {url === null ? null : (
              <button type="button" class="link" title={visibleName(url)} onClick={() => model.run({ what: 'link', url })}>
                Open
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What it needs and what needs it, directly; and how far a failure goes. */
export function Dependencies({ model, service: { entry, impact, needs } }: Props): JSX.Element | null {
  const direct = (all: Service['needs']): Service['needs'] => all.filter(({ distance }) => distance === 1);
  const further = impact.length - direct(impact).length;
  if (impact.length === 0 && needs.length === 0 && entry.missing.length === 0) return null;
  return (
    <section class="card" aria-labelledby="dependencies-title">
      <h2 id="dependencies-title">Dependencies</h2>
      <Near model={model} label="Needs" services={direct(needs)} />
      {entry.missing.map((name) => (
        <p key={name} class="quiet missing">
          <Icon name="question" /> Needs <bdi>{visibleName(name)}</bdi>, which the catalog does not have.
        </p>
      ))}
      <Near model={model} label="Needed by" services={direct(impact)} />
      {impact.length === 0 ? null : (
        <p class="quiet">
          When it fails, {impact.length === 1 ? 'one service fails' : `${impact.length} services fail`} with it
          {further === 0 ? '' : `, ${further} of them through others`}.
        </p>
      )}
      <button type="button" class="link first" onClick={() => model.run({ what: 'map' })}>
        Show on the map
      </button>
    </section>
  );
}

function Near({ model, label, services }: { model: ServiceModel; label: string; services: Service['needs'] }): JSX.Element | null {
  if (services.length === 0) return null;
  return (
    <>
      <h3>{label}</h3>
      <ul class="rows" aria-label={label}>
        {services.map(({ name, health }) => (
          <li key={name}>
            <button type="button" class="row" onClick={() => model.run({ what: 'service', name })}>
              <HealthIcon state={health.state} />
              <span class="row-text">
                <bdi>{visibleName(name)}</bdi>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What people wrote of it: what it is, its links and runbook, and where to change that. */
export function Facts({ model, service: { entry } }: Props): JSX.Element {
  const { description, links, runbook, source, line } = entry;
  const all = [...(runbook === null ? [] : [{ title: 'Runbook', url: runbook, kind: 'runbook' as const }]), ...links];
  return (
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">About</h2>
      {description === null ? null : <p class="description">{description.split('\n').map(visibleName).join('\n')}</p>}
      <ul class="rows">
        {all.map(({ title, url, kind }) => (
          <li key={`${title} ${url}`}>
            <button type="button" class="row" title={visibleName(url)} onClick={() => model.run({ what: 'link', url })}>
              <Icon name={linkIcons[kind]} />
              <span class="row-text">
                <bdi>{visibleName(title)}</bdi>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {source === 'file' && line !== null ? (
        <button type="button" class="link first" onClick={() => model.run({ what: 'configuration', line })}>
          Change it in hearth.yaml
        </button>
      ) : null}
      {source === 'manual' ? (
        <button type="button" class="link first" onClick={() => model.run({ what: 'edit' })}>
          Change it…
        </button>
      ) : null}
    </section>
  );
}

const linkIcons = {
  dashboard: 'dashboard',
  documentation: 'book',
  repository: 'repo',
  runbook: 'checklist',
  logs: 'output',
  monitor: 'pulse',
  other: 'link-external',
} as const;
