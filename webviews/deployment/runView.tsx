import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { StaleBanner } from '../ui/page.tsx';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { CommitLine } from './commitLine.tsx';
import { LogView } from './logView.tsx';
import type { Deployment, DeploymentDetail } from './messages.ts';
import type { DeploymentModel } from './model.ts';
import { MigrationPart, SitePart, SmokePart, StackPart } from './parts.tsx';
import { PhaseLine } from './phaseLine.tsx';
import { Probes } from './probes.tsx';
import { duration, stateWords } from './words.ts';

/** The deployments of a run: the chosen one with its phases, probes, containers and log. */
export function RunView({ model, onHelp }: { model: DeploymentModel; onHelp(): void }): JSX.Element | null {
  const { chosen, shown, loaded } = model;
  if (chosen === undefined) return null;
  const state = stateWords(chosen.state);
  return (
    <>
      <div class="top">
        {loaded.kind === 'failed' ? <StaleBanner failure={loaded.failure} onRetry={() => model.refresh()} /> : null}
        <header class="head">
          <div class="title-row">
            <h1 class="title">
              <bdi>{visibleName(chosen.environment)}</bdi>
              {model.deployments.length > 1 ? null : (
                <>
                  {' · '}
                  <bdi>{visibleName(chosen.service)}</bdi>
                </>
              )}
            </h1>
            <span class={`state ${chosen.state}`}>
              <Icon name={state.icon} /> {state.name}
            </span>
            <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
          </div>
          <CommitLine model={model} commit={chosen.commit} subject={chosen.subject} />
          <p class="quiet facts">
            <span>
              By <bdi>{visibleName(chosen.actor)}</bdi>, <time title={moment(chosen.created)}>{ago(chosen.created)}</time>
            </span>
            {chosen.rollbackTo === null ? null : <span>A rollback to {chosen.rollbackTo.slice(0, 12)}</span>}
            <span>
              Deployment <code>{chosen.id.slice(0, 12)}</code>
            </span>
            {chosen.ended === null || chosen.started === null ? null : <span>{duration(chosen.ended - chosen.started)} in all</span>}
          </p>
          <div class="buttons">
            <Buttons model={model} deployment={chosen} detail={shown} />
          </div>
        </header>
        {model.deployments.length > 1 ? <Services model={model} chosen={chosen} /> : null}
        {shown === undefined ? (
          <div class="skeleton" aria-hidden="true" />
        ) : (
          <>
            <PhaseLine detail={shown} />
            <Outcome detail={shown} />
            <div class="facts-row">
              <Probes key={shown.id} probes={shown.probes} />
              <SmokePart tests={shown.smoke} />
              <MigrationPart migration={shown.migration} />
              <SitePart site={shown.site} live={shown.state === 'live'} />
              <StackPart stack={shown.stack} />
              {shown.stack === undefined ? <Containers detail={shown} /> : null}
            </div>
          </>
        )}
      </div>
      <LogView log={model.log} onOpen={() => model.run({ what: 'openLog', id: chosen.id })} />
    </>
  );
}

/** Why it ended as it did, and what to do. */
function Outcome({ detail: { reason, hint, state } }: { detail: DeploymentDetail }): JSX.Element | null {
  if (reason === null && hint === null) return null;
  return (
    <p class={`outcome ${state}`} role="status">
      <Icon name={state === 'live' ? 'info' : stateWords(state).icon} />
      <span>
        {reason === null ? null : visibleName(reason)}
        {hint === null ? null : <span class="quiet block">{visibleName(hint)}</span>}
      </span>
    </p>
  );
}

interface ButtonsProps {
  readonly model: DeploymentModel;
  readonly deployment: Deployment;
  readonly detail: DeploymentDetail | undefined;
}

function Buttons({ model, deployment, detail }: ButtonsProps): JSX.Element {
  const { environment, service, state, commit, id } = deployment;
  const { running } = model;
  const url = detail?.url ?? null;
  const again = { environment, services: [service], rev: commit };
  return (
    <>
      {running.length === 0 ? null : (
        <button type="button" class="button secondary" disabled={model.busy !== undefined} onClick={() => void model.cancel()}>
          {model.busy === 'canceling' ? 'Canceling…' : running.length === 1 ? 'Cancel' : `Cancel ${running.length} deployments`}
        </button>
      )}
      {state === 'live' && url !== null ? (
        <button type="button" class="button" onClick={() => model.run({ what: 'openUrl', url })}>
          Open {visibleName(url)}
        </button>
      ) : null}
      {state === 'live' ? (
        <button type="button" class="button secondary" onClick={() => model.run({ what: 'rollBack', environment, service })}>
          Roll back…
        </button>
      ) : null}
      {state === 'live' && detail !== undefined && (detail.containers.length > 0 || detail.stack !== undefined) ? (
        <>
          <button type="button" class="button secondary" onClick={() => model.run({ what: 'output', environment, service })}>
            Output
          </button>
          <button type="button" class="button secondary" onClick={() => model.run({ what: 'shell', environment, service })}>
            Shell…
          </button>
        </>
      ) : null}
      {detail?.rollback === 'possible' ? (
        <button type="button" class="button" onClick={() => model.run({ what: 'rollBack', environment, service, to: id })}>
          Roll back to this…
        </button>
      ) : null}
      {state === 'running' || state === 'live' ? null : (
        <button type="button" class="button secondary" onClick={() => model.run({ what: 'deployAgain', plan: again })}>
          Deploy again…
        </button>
      )}
      {detail?.rollback === 'image-gone' ? (
        <span class="quiet">What it was made of is gone: only deploying it again brings it back.</span>
      ) : null}
    </>
  );
}

/** The services of the run, in the order in which they are deployed. Arrow keys go from one to the next. */
function Services({ model, chosen }: { model: DeploymentModel; chosen: Deployment }): JSX.Element {
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] as 1 | -1 | undefined;
    if (by === undefined) return;
    event.preventDefault();
    model.step(by);
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.service-tab[aria-selected="true"]')?.focus());
  };
  return (
    <div class="service-tabs" role="tablist" aria-label="Services" tabIndex={-1} onKeyDown={step}>
      {model.deployments.map((each) => {
        const { name, icon } = stateWords(each.state);
        return (
          <button
            key={each.id}
            type="button"
            role="tab"
            class={`service-tab ${each.state}`}
            aria-selected={each.id === chosen.id}
            tabIndex={each.id === chosen.id ? 0 : -1}
            onClick={() => model.choose(each.service)}
          >
            <Icon name={icon} /> <bdi>{visibleName(each.service)}</bdi> <span class="visually-hidden">{name}</span>
          </button>
        );
      })}
    </div>
  );
}

function Containers({ detail: { containers } }: { detail: DeploymentDetail }): JSX.Element | null {
  if (containers.length === 0) return null;
  return (
    <section class="containers" aria-label="Containers">
      <h2>Containers</h2>
      <ul>
        {containers.map(({ id, name, state, address }) => (
          <li key={id}>
            <Icon name={state === 'running' ? 'vm-running' : 'vm-outline'} />{' '}
            <code>
              <bdi>{visibleName(name)}</bdi>
            </code>{' '}
            <span class="quiet">
              {visibleName(state)}
              {address === null ? '' : `, ${visibleName(address)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
