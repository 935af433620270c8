import type { ComponentChildren, JSX } from 'preact';
import { HealthIcon } from '../ui/health.tsx';
import { duration } from '../ui/spans.ts';
import { moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Incident } from './messages.ts';
import type { IncidentModel } from './model.ts';

interface Props {
  readonly model: IncidentModel;
  readonly incident: Incident;
}

/** What it concerns, each a way there. */
export function Facts({ model, incident }: Props): JSX.Element {
  const { services, environment, deployment, commit, item, runbook, source } = incident;
  return (
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">About</h2>
      <dl class="facts-list">
        <Fact name={services.length > 1 ? 'Services' : 'Service'}>
          {services.length === 0 ? <span class="quiet">none</span> : null}
          {services.map((name) => (
            <button key={name} type="button" class="link" onClick={() => model.run({ what: 'service', name })}>
              {visibleName(name)}
            </button>
          ))}
        </Fact>
        {environment === null ? null : (
          <Fact name="Environment">
            <bdi>{visibleName(environment)}</bdi>
          </Fact>
        )}
        {deployment === null ? null : (
          <Fact name="Live then">
            <button type="button" class="link" onClick={() => model.run({ what: 'deployment', id: deployment })}>
              Deployment {deployment.slice(0, 12)}
            </button>
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
          </Fact>
        )}
        <Fact name="Work item">
          {item === null ? null : (
            <button type="button" class="link" aria-label={`Open work item ${item}`} onClick={() => model.run({ what: 'item', id: item })}>
              #{item}
            </button>
          )}
          <button type="button" class="link" onClick={() => model.run({ what: 'linkItem' })}>
            {item === null ? 'Link one…' : 'Link another…'}
          </button>
        </Fact>
        {runbook === null ? null : (
          <Fact name="Runbook">
            <button type="button" class="link" onClick={() => model.run({ what: 'link', url: runbook })}>
              {visibleName(runbook)}
            </button>
          </Fact>
        )}
        <Fact name="Opened">{source === 'monitor' ? 'by a monitor' : 'by hand'}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt class="quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The monitors that say so, and which of them answer again. */
export function Monitors({ model, incident: { monitors } }: Props): JSX.Element | null {
  if (monitors.length === 0) return null;
  const down = monitors.filter(({ recovered }) => recovered === null).length;
  return (
    <section class="card" aria-labelledby="monitors-title">
      <h2 id="monitors-title">
        Monitors <span class="count">{down === 0 ? 'all answer again' : `${down} of ${monitors.length} down`}</span>
      </h2>
      <ul class="rows">
        {monitors.map(({ id, name, joined, recovered }) => (
          <li key={id}>
            <button type="button" class="row" title={`Down since ${moment(joined)}`} onClick={() => model.run({ what: 'monitor', id })}>
              <HealthIcon state={recovered === null ? 'down' : 'healthy'} />
              <span class="row-text">
                <bdi>{visibleName(name)}</bdi>
              </span>
              <span class="quiet">{recovered === null ? 'down' : `down for ${duration(recovered - joined)}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The document that is made from the log; once written it is the repository's. */
export function Postmortem({ model, incident: { postmortem } }: Props): JSX.Element {
  const trusted = model.opening?.trusted !== false;
  return (
    <section class="card" aria-labelledby="postmortem-title">
      <h2 id="postmortem-title">Post-mortem</h2>
      {postmortem === null ? (
        <>
          <p class="quiet">Made from the log: summary, timeline, suspects, what was done.</p>
          <div class="buttons">
            <button type="button" class="button secondary" disabled={!trusted} onClick={() => model.run({ what: 'writePostmortem' })}>
              Write it
            </button>
            <button type="button" class="button secondary" disabled={!trusted} onClick={() => model.run({ what: 'previewPostmortem' })}>
              Preview
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="link first" onClick={() => model.run({ what: 'openPostmortem', path: postmortem })}>
          {visibleName(postmortem)}
        </button>
      )}
    </section>
  );
}
