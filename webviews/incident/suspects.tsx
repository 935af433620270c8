import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { duration } from '../ui/spans.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Suspects as Found, Suspect } from './messages.ts';
import type { IncidentModel } from './model.ts';

/** The commits between the last healthy release and the one that broke, the likeliest first; each one click from its changes and its item. */
export function Suspects({ model }: { model: IncidentModel }): JSX.Element {
  const { suspects } = model;
  const found = suspects.value;
  return (
    <section class="card" aria-labelledby="suspects-title" aria-busy={suspects.kind === 'waiting'}>
      <h2 id="suspects-title">Suspects {found === undefined || found.total === 0 ? null : <span class="count">{found.total}</span>}</h2>
      {suspects.kind === 'failed' ? (
        <p class="quiet" role="status">
          {suspects.failure.message} {suspects.failure.hint}
          <button type="button" class="link" onClick={() => model.refreshAll()}>
            Try again
          </button>
        </p>
      ) : null}
      {found === undefined && suspects.kind === 'waiting' ? <div class="skeleton" aria-hidden="true" /> : null}
      {found === undefined ? null : <Between model={model} found={found} />}
      <ol class="rows suspects">
        {found?.commits.map((suspect, index) => (
          <SuspectRow key={suspect.commit} model={model} suspect={suspect} first={index === 0} />
        ))}
      </ol>
      {found !== undefined && found.commits.length < found.total ? (
        <button type="button" class="link first" onClick={() => model.moreSuspects()}>
          Show more of the {found.total} commits
        </button>
      ) : null}
    </section>
  );
}

/** From which release to which, or why there is nothing to rank. */
function Between({ model, found: { good, bad, gap, problem, service, environment } }: { model: IncidentModel; found: Found }): JSX.Element {
  if (problem !== null) return <p class="quiet">{visibleName(problem)}</p>;
  if (good === null || bad === null) return <p class="quiet">There is nothing to compare.</p>;
  const where = service === null ? '' : ` of ${visibleName(service)}${environment === null ? '' : ` in ${visibleName(environment)}`}`;
  return (
    <p class="between">
      <button type="button" class="link" onClick={() => model.run({ what: 'deployment', id: good.deployment })}>
        <code>{good.commit.slice(0, 7)}</code>
      </button>{' '}
      was the last healthy release{where},{' '}
      <button type="button" class="link" onClick={() => model.run({ what: 'deployment', id: bad.deployment })}>
        <code>{bad.commit.slice(0, 7)}</code>
      </button>{' '}
      {gap === null || gap < 0 ? 'was live when it began' : `went live ${duration(gap)} before it began`}.
      <button type="button" class="link compare" onClick={() => model.run({ what: 'compare', from: good.commit, to: bad.commit })}>
        Compare them
      </button>
    </p>
  );
}

function SuspectRow({ model, suspect, first }: { model: IncidentModel; suspect: Suspect; first: boolean }): JSX.Element {
  const { commit, subject, author, authorTime, score, reasons, item } = suspect;
  const short = commit.slice(0, 7);
  const share = Math.round(score * 100);
  return (
    <li class={`suspect ${first ? 'first' : ''}`}>
      <div class="suspect-line">
        <span class="score" title={`Suspicion ${share} of 100`}>
          <span class="score-bar" style={{ width: `${Math.max(2, share)}%` }} />
          <span class="visually-hidden">Suspicion {share} of 100</span>
        </span>
        <button
          type="button"
          class="link"
          aria-label={`Show the changes of ${short}`}
          onClick={() => model.run({ what: 'commit', commit })}
        >
          <code>{short}</code>
        </button>
        <bdi class="row-text subject">{visibleName(subject)}</bdi>
        {item === null ? null : (
          <button type="button" class="link" aria-label={`Open work item ${item}`} onClick={() => model.run({ what: 'item', id: item })}>
            #{item}
          </button>
        )}
        <span class="quiet who">
          <bdi>{visibleName(author)}</bdi>, <time title={moment(authorTime * 1000)}>{ago(authorTime * 1000)}</time>
        </span>
      </div>
      <ul class="reasons">
        {reasons.map(({ kind, text, files }) => (
          <li key={`${kind} ${text}`} class="quiet" title={files.map(visibleName).join('\n')}>
            <Icon name={reasonIcons[kind]} /> {visibleName(text)}
          </li>
        ))}
      </ul>
    </li>
  );
}

const reasonIcons: Readonly<Record<Suspect['reasons'][number]['kind'], string>> = {
  paths: 'folder',
  configuration: 'settings-gear',
  dependencies: 'package',
  'error-text': 'output',
  migration: 'database',
  size: 'diff',
  recent: 'clock',
  revert: 'discard',
};
