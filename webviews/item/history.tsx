import type { JSX } from 'preact';
import { EnvironmentBadges } from '../ui/badges.tsx';
import { Icon } from '../ui/components.tsx';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Item } from './messages.ts';
import type { ItemModel } from './model.ts';

/** Commits of the item's branch, newest first. */
export function Commits({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const { commitList } = item;
  return (
    <section class="card" aria-labelledby="commits">
      <h2 id="commits">Commits {commitList.length === 0 ? null : <span class="count">{commitList.length}</span>}</h2>
      {commitList.length === 0 ? (
        <p class="quiet">{item.branch === null ? 'They come with the branch.' : 'None yet.'}</p>
      ) : (
        <ul class="rows">
          {commitList.map(({ id, subject, author, authorTime, source }) => (
            <li key={id}>
              <button
                type="button"
                class="row"
                title={source === 'trailer' ? 'Found by its Hearth-Item trailer' : undefined}
                onClick={() => model.openCommit(id)}
              >
                <code>{id.slice(0, 7)}</code>
                <span class="row-text">
                  <bdi>{visibleName(subject)}</bdi>
                </span>
                <EnvironmentBadges badges={model.places.commits[id]} />
                <span class="quiet">
                  {visibleName(author)}, {ago(authorTime * 1000)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What happened to the item, newest first. */
export function Timeline({ model }: { model: ItemModel }): JSX.Element {
  const { timeline } = model;
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {timeline.kind === 'failed' ? <p class="field-problem">{timeline.failure.message}</p> : null}
      {timeline.value === undefined && timeline.kind === 'waiting' ? <div class="skeleton" aria-hidden="true" /> : null}
      <ol class="rows timeline">
        {timeline.value?.rows.map(({ sequence, time, actor, icon, words }) => (
          <li key={sequence} class="row">
            <Icon name={icon} />
            <span class="row-text">{words}</span>
            <span class="quiet" title={moment(time)}>
              {actor}, {ago(time)}
            </span>
          </li>
        ))}
      </ol>
      {timeline.value?.more === true ? (
        <button type="button" class="link" onClick={() => model.moreTimeline()}>
          Show more
        </button>
      ) : null}
    </section>
  );
}
