import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { incidentWords, severityName } from '../ui/incidentWords.ts';
import { duration } from '../ui/spans.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { type Incident, severities, states } from './messages.ts';
import type { IncidentModel } from './model.ts';

interface Props {
  readonly model: IncidentModel;
  readonly incident: Incident;
  onHelp(): void;
}

/** Title, how far it is, and what to do next. */
export function Head({ model, incident, onHelp }: Props): JSX.Element {
  const { number, title, state, started, resolved, acknowledged, mergedInto } = incident;
  return (
    <header class="head">
      <div class="title-row">
        <span class="number">I-{number}</span>
        <h1 class="title">
          <bdi>{visibleName(title)}</bdi>
        </h1>
        <IconButton icon="edit" label="Change the title…" onClick={() => model.run({ what: 'rename' })} />
        <span class="gap" />
        <IconButton icon="refresh" label="Refresh" shortcut="r" onClick={() => model.refreshAll()} />
        <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
      </div>
      <p class="quiet facts">
        <span>
          Began <time title={moment(started)}>{ago(started)}</time>
        </span>
        {resolved === null ? null : <span>over after {duration(resolved - started)}</span>}
        {acknowledged === null ? (
          resolved === null && state !== 'merged' ? (
            <span>nobody has acknowledged it</span>
          ) : null
        ) : (
          <span>
            acknowledged by <bdi>{visibleName(acknowledged.actor)}</bdi>{' '}
            <time title={moment(acknowledged.time)}>{ago(acknowledged.time)}</time>
          </span>
        )}
      </p>
      {mergedInto === null ? (
        <States model={model} incident={incident} />
      ) : (
        <p class="banner" role="status">
          <Icon name="git-merge" /> It went into another incident, which goes on for both.
          <button type="button" class="link" onClick={() => model.run({ what: 'incident', id: mergedInto })}>
            Open that
          </button>
        </p>
      )}
      {state === 'merged' ? null : <Buttons model={model} incident={incident} />}
    </header>
  );
}

/** The four states from left to right; each is a button. */
function States({ model, incident: { state } }: { model: IncidentModel; incident: Incident }): JSX.Element {
  const at = (states as readonly string[]).indexOf(state);
  return (
    <ol class="states" aria-label="State">
      {states.map((each, index) => (
        <li key={each}>
          <button
            type="button"
            class={`step ${index < at ? 'done' : ''} ${each === state ? 'current' : ''}`}
            aria-current={each === state ? 'step' : undefined}
            disabled={model.busy !== undefined}
            onClick={() => (each === state ? undefined : void model.update({ state: each }))}
          >
            <Icon name={index < at ? 'check' : incidentWords(each).icon} />
            {incidentWords(each).name}
          </button>
        </li>
      ))}
    </ol>
  );
}

function Buttons({ model, incident }: { model: IncidentModel; incident: Incident }): JSX.Element {
  const { acknowledged, resolved, severity } = incident;
  // Only what was deployed can go back.
  const { bad = null, service = null, environment = null } = model.suspects.value ?? {};
  const busy = model.busy !== undefined;
  return (
    <div class="buttons">
      {acknowledged === null && resolved === null ? (
        <button type="button" class="button" disabled={busy} aria-keyshortcuts="a" onClick={() => void model.update({ acknowledge: true })}>
          Acknowledge
        </button>
      ) : null}
      {resolved === null && bad !== null && environment !== null && service !== null ? (
        <button type="button" class="button secondary" onClick={() => model.run({ what: 'rollBack', environment, service })}>
          Roll back {visibleName(service)}…
        </button>
      ) : null}
      <button type="button" class="button secondary" onClick={() => model.run({ what: 'merge' })}>
        Merge into…
      </button>
      <label class="severity">
        <span class="quiet">Severity</span>
        <select
          class="select"
          value={severity}
          disabled={busy}
          onChange={({ currentTarget }) => {
            const chosen = severities.find((each) => each === currentTarget.value);
            if (chosen !== undefined) void model.update({ severity: chosen });
          }}
        >
          {severities.map((each) => (
            <option key={each} value={each}>
              {severityName(each)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
