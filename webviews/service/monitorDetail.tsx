import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { HealthBadge, monitorWords } from '../ui/health.tsx';
import { duration } from '../ui/spans.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { Chart } from './chart.tsx';
import { Heartbeat } from './heartbeat.tsx';
import type { Loaded, Shown, Tested } from './messages.ts';
import { spans } from './messages.ts';
import type { ServiceModel } from './model.ts';
import { chartSummary, kindName, spanNames, uptimeWords } from './words.ts';

/** The chosen monitor: its beats, answer times, windows and certificate, and what can be done with it. */
export function MonitorDetail({ model, loaded }: { model: ServiceModel; loaded: Loaded }): JSX.Element | null {
  const { shown } = model;
  if (loaded.monitors.length === 0) {
    return (
      <section class="card">
        <h2>Monitors</h2>
        <p class="quiet">Nothing watches this service yet. Monitors are in hearth.yaml, or are added with Hearth: Add Monitor….</p>
      </section>
    );
  }
  if (shown === undefined) return <div class="skeleton" aria-hidden="true" />;
  const { monitor, row, beats, windows, certificate, maintenance } = shown;
  const { interval, failures } = monitor.settings;
  return (
    <section class="card detail" aria-labelledby="monitor-title">
      <div class="card-head">
        <h2 id="monitor-title">
          <bdi>{visibleName(monitor.name)}</bdi>
        </h2>
        <HealthBadge state={monitorWords(row.state).tone} name={monitorWords(row.state).name} />
        <span class="gap" />
        <Buttons model={model} shown={shown} />
      </div>
      <p class="quiet facts">
        <span>
          {kindName(row.kind)} <bdi>{visibleName(row.target)}</bdi>
        </span>
        {monitor.environment === null ? null : <bdi>{visibleName(monitor.environment)}</bdi>}
        <span>
          every {duration(interval)}, down after {failures === 1 ? 'one failure' : `${failures} failures`}
        </span>
        {monitor.orphan === null ? null : <span>not in hearth.yaml any more since {moment(monitor.orphan)}</span>}
      </p>
      {maintenance === null ? null : (
        <p class="banner">
          <Icon name="tools" /> Maintenance {visibleName(maintenance.name)} until {moment(maintenance.until)}
        </p>
      )}
      <TestResult model={model} />
      <Heartbeat key={monitor.id} beats={beats} />
      <Windows windows={windows} />
      <AnswerTimes model={model} />
      {certificate === null ? null : <CertificateLine certificate={certificate} />}
      <Changes changes={shown.changes} />
    </section>
  );
}

function Buttons({ model, shown: { monitor } }: { model: ServiceModel; shown: Shown }): JSX.Element {
  const trusted = model.opening?.trusted !== false;
  const busy = model.busy !== undefined;
  return (
    <div class="buttons">
      <button type="button" class="button secondary" disabled={busy || !trusted} aria-keyshortcuts="t" onClick={() => void model.test()}>
        {model.busy === 'testing' ? 'Looking…' : 'Look now'}
      </button>
      <button
        type="button"
        class="button secondary"
        disabled={busy}
        aria-keyshortcuts="p"
        onClick={() => void model.pause(!monitor.paused)}
      >
        {monitor.paused ? 'Resume' : 'Pause'}
      </button>
      <button type="button" class="button secondary" onClick={() => model.run({ what: 'maintenance', monitors: [monitor.name] })}>
        Maintenance…
      </button>
      <button type="button" class="button secondary" onClick={() => model.run({ what: 'report' })}>
        Report…
      </button>
    </div>
  );
}

/** What the look saw that was asked for here. It changes nothing of the monitor. */
function TestResult({ model }: { model: ServiceModel }): JSX.Element | null {
  const { tested, shown } = model;
  if (tested === undefined || tested.monitor !== shown?.monitor.id) return null;
  const { ok, found, message, phases, assertions } = tested.result;
  const tone = ok === null ? 'unobserved' : ok ? 'healthy' : 'down';
  const word = ok === null ? 'Says nothing' : ok ? 'Answers as it should' : 'Does not answer as it should';
  return (
    <div class="tested" role="status">
      <p>
        <HealthBadge state={tone} name={word} /> <span>{visibleName(found)}</span>
        <button type="button" class="link" onClick={() => model.closeTest()}>
          Close
        </button>
      </p>
      {message === null || message === '' ? null : <p>{visibleName(message)}</p>}
      {phases.length === 0 ? null : (
        <p class="quiet">{phases.map(({ name, milliseconds }) => `${name} ${duration(milliseconds)}`).join(' · ')}</p>
      )}
      {assertions.length === 0 ? null : (
        <ul class="rows">
          {assertions.map((each: Tested['assertions'][number]) => (
            <li key={each.expression}>
              <Icon name={each.ok ? 'check' : 'close'} />
              <span class="visually-hidden">{each.ok ? 'holds' : 'does not hold'}</span> <code>{visibleName(each.expression)}</code>
              {each.ok ? null : <span class="quiet"> was {visibleName(each.actual)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Windows({ windows }: { windows: Shown['windows'] }): JSX.Element {
  const time = (value: number | null): string => (value === null ? '–' : duration(value));
  return (
    <table class="windows">
      <thead>
        <tr>
          <th scope="col">Span</th>
          <th scope="col">Uptime</th>
          <th scope="col">Median</th>
          <th scope="col">p95</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        {windows.map(({ span, uptime, p50, p95, p99 }) => (
          <tr key={span}>
            <th scope="row">{spanNames[span]}</th>
            <td>{uptimeWords(uptime)}</td>
            <td>{time(p50)}</td>
            <td>{time(p95)}</td>
            <td>{time(p99)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AnswerTimes({ model }: { model: ServiceModel }): JSX.Element {
  const { history, span } = model;
  return (
    <section class="answer-times" aria-labelledby="chart-title">
      <div class="card-head">
        <h3 id="chart-title">Answer times</h3>
        <span class="gap" />
        <div class="segments" role="radiogroup" aria-label="Span of the chart">
          {spans.map((each) => (
            <label key={each} class={`segment ${each === span ? 'chosen' : ''}`}>
              <input type="radio" name="span" class="visually-hidden" checked={each === span} onChange={() => model.look(each)} />
              {spanNames[each]}
            </label>
          ))}
        </div>
      </div>
      {history.value !== undefined ? (
        <Chart past={history.value} label={chartSummary(history.value, span)} />
      ) : history.kind === 'failed' ? (
        <p class="quiet chart-place">
          {history.failure.message} {history.failure.hint}
        </p>
      ) : (
        <div class="chart-place" aria-hidden="true" />
      )}
    </section>
  );
}

function CertificateLine({
  certificate: { subject, issuer, expires, days, trusted, problem },
}: {
  certificate: NonNullable<Shown['certificate']>;
}): JSX.Element {
  const soon = days <= 21;
  return (
    <p class={`certificate ${soon || !trusted ? 'soon' : ''}`}>
      <Icon name={trusted && !soon ? 'shield' : 'warning'} />
      <span>
        Certificate of <bdi>{visibleName(subject)}</bdi>{' '}
        {days < 0 ? 'has expired' : `is good for ${days === 1 ? 'one more day' : `${days} more days`}`} (
        <time title={visibleName(issuer)}>{moment(expires)}</time>)
        {trusted ? '' : `; it is not trusted: ${visibleName(problem ?? 'unknown')}`}
      </span>
    </p>
  );
}

function Changes({ changes }: { changes: Shown['changes'] }): JSX.Element | null {
  if (changes.length === 0) return null;
  return (
    <details class="changes">
      <summary>Changes of state ({changes.length})</summary>
      <ol class="rows">
        {changes.map(({ time, from, to, message }) => (
          <li key={time} class="row plain">
            <Icon name={monitorWords(to).icon} class={`tone ${to}`} />
            <span class="row-text">
              {monitorWords(from).name} → {monitorWords(to).name}
              {message === null || message === '' ? null : <span class="quiet block">{visibleName(message)}</span>}
            </span>
            <time class="quiet" title={moment(time)}>
              {ago(time)}
            </time>
          </li>
        ))}
      </ol>
    </details>
  );
}
