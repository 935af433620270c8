import type { JSX } from 'preact';
import { EnvironmentBadges } from '../ui/badges.tsx';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { DraftLine } from './draftField.tsx';
import type { Item, ItemState } from './messages.ts';
import type { ItemModel } from './model.ts';
import { stateWords, typeIcon } from './words.ts';

/** Title, state and branch, and the buttons that fit the state. */
export function Header({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const { current } = model.loaded.value ?? { current: false };
  const state = stateWords(item.state);
  return (
    <header class="head">
      <div class="title-row">
        <Icon name={typeIcon(item.type)} class="type-icon" />
        <span class="number">#{item.id}</span>
        <h1 class="title">
          <DraftLine model={model} field="title" stored={item.title} label="Title" class="title-line" />
        </h1>
        <IconButton icon="copy" label="Copy the reference" onClick={() => model.run('copyReference')} />
        <IconButton icon="trash" label="Delete the item…" onClick={() => model.run('delete')} />
      </div>
      <div class="facts">
        <span class={`state ${item.state}`}>
          <Icon name={state.icon} /> {state.name}
        </span>
        {item.branch === null ? (
          <span class="quiet">{item.state === 'planned' ? 'Work has not started.' : 'No branch'}</span>
        ) : (
          <span class="branch">
            <Icon name="git-branch" />
            <code>
              <bdi>{visibleName(item.branch)}</bdi>
            </code>
            {current ? <span class="quiet">checked out</span> : null}
            <button type="button" class="link" onClick={() => model.run('showChanges')}>
              Show changes
            </button>
          </span>
        )}
        <EnvironmentBadges badges={model.places.all} />
      </div>
      <div class="buttons">
        <Buttons model={model} item={item} current={current} />
      </div>
    </header>
  );
}

function Buttons({ model, item, current }: { model: ItemModel; item: Item; current: boolean }): JSX.Element {
  const move = (to: ItemState, label: string): JSX.Element => (
    <button type="button" class="button secondary" onClick={() => void model.move(to)}>
      {label}
    </button>
  );
  const interrupted = model.plan.value?.interrupted;
  if (interrupted !== undefined) {
    return (
      <>
        <p class="banner" role="status">
          <Icon name="warning" />{' '}
          {interrupted.running
            ? 'Merge & Complete runs in another window or terminal.'
            : `Merge & Complete was interrupted (${interrupted.step}). Finish it, or undo what it did.`}
        </p>
        {interrupted.running ? null : (
          <>
            <button type="button" class="button" onClick={() => model.run('finish')}>
              Finish
            </button>
            <button type="button" class="button secondary" onClick={() => model.run('undo')}>
              Undo
            </button>
          </>
        )}
      </>
    );
  }
  const complete = (main: boolean): JSX.Element => (
    <button type="button" class={main ? 'button' : 'button secondary'} onClick={() => model.run('complete')}>
      Merge & Complete…
    </button>
  );
  const switchTo =
    item.branch === null || current ? null : (
      <button type="button" class="button secondary" onClick={() => model.run('switch')}>
        Switch to the branch
      </button>
    );
  const commit = current ? (
    <button type="button" class="button secondary" onClick={() => model.run('commit')}>
      Commit…
    </button>
  ) : null;
  switch (item.state) {
    case 'planned':
      return (
        <>
          <button type="button" class="button" onClick={() => model.run('start')}>
            Start Work
          </button>
          {move('canceled', 'Cancel')}
        </>
      );
    case 'started':
      return (
        <>
          <button type="button" class="button" onClick={() => void model.move('review')}>
            Move to Review
          </button>
          {complete(false)}
          {commit}
          {switchTo}
          {move('canceled', 'Cancel')}
        </>
      );
    case 'review':
      return (
        <>
          {complete(true)}
          {move('started', 'Back to Started')}
          {commit}
          {switchTo}
        </>
      );
    case 'done':
    case 'canceled':
      return move(item.started === null ? 'planned' : 'started', 'Reopen');
  }
}
