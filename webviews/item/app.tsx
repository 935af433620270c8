import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon, IconButton, Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { PageSkeleton, ProblemToast, RetryButtons, StaleBanner } from '../ui/page.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { Checklist } from './checklist.tsx';
import { Comments } from './comments.tsx';
import { Details } from './details.tsx';
import { Header } from './header.tsx';
import { Commits, Timeline } from './history.tsx';
import type { ItemModel } from './model.ts';
import { Notes } from './notes.tsx';
import { PlanSection } from './planSection.tsx';

/** The whole panel. */
export function App({ model }: { model: ItemModel }): JSX.Element {
  useDrawn(model);
  const { loaded, item, opening } = model;
  useEffect(() => bringToEye(model), [model.wanted, item === undefined]);
  return (
    <main class="panel item-panel" aria-label="Work item">
      <ProgressLine active={loaded.kind === 'waiting'} label="Reading the work item" />
      {loaded.kind === 'failed' && item === undefined ? (
        <Message
          icon={loaded.failure.reason === 'not-found' ? 'trash' : 'warning'}
          title={loaded.failure.reason === 'not-found' ? 'This work item is gone.' : loaded.failure.message}
          detail={loaded.failure.reason === 'not-found' ? loaded.failure.message : loaded.failure.hint}
        >
          <RetryButtons onRetry={() => model.refresh()} onShowLog={() => void model.bridge.ask('showLog', {})} />
        </Message>
      ) : null}
      {item === undefined && loaded.kind === 'waiting' ? <PageSkeleton /> : null}
      {item === undefined ? null : (
        <div class="page">
          {loaded.kind === 'failed' ? <StaleBanner failure={loaded.failure} onRetry={() => model.refresh()} /> : null}
          {opening?.trusted === false ? (
            <div class="banner" role="status">
              <Icon name="shield" /> Restricted Mode: trust this folder to change branches.
            </div>
          ) : null}
          <Header model={model} item={item} />
          <div class="columns-2">
            <div class="column">
              <PlanSection model={model} item={item} />
              <Checklist model={model} item={item} />
              <Notes model={model} item={item} />
              <Comments model={model} item={item} />
            </div>
            <div class="column side">
              <Details model={model} item={item} />
              <Commits model={model} item={item} />
              <Timeline model={model} />
            </div>
          </div>
        </div>
      )}
      <Toast model={model} />
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </main>
  );
}

function bringToEye(model: ItemModel): void {
  if (model.wanted === undefined || model.item === undefined) return;
  const element = document.getElementById(model.wanted);
  if (element === null) return;
  model.wanted = undefined;
  element.scrollIntoView({ block: 'center' });
  element.focus();
}

/** What went wrong, or what was removed and can come back. */
function Toast({ model }: { model: ItemModel }): JSX.Element | null {
  const { problem, removed, written } = model;
  if (problem !== undefined) return <ProblemToast problem={problem} onDismiss={() => model.dismiss()} />;
  if (written !== undefined) {
    return (
      <div class="toast" role="status">
        <Icon name="pass" />
        <span class="toast-text">Written to {visibleName(written)} and staged. It counts once it is committed.</span>
        <button
          type="button"
          class="button"
          onClick={() => {
            model.dismiss();
            model.run('commit');
          }}
        >
          Commit…
        </button>
        <IconButton icon="close" label="Dismiss" onClick={() => model.dismiss()} />
      </div>
    );
  }
  if (removed === undefined) return null;
  return (
    <div class="toast" role="status">
      <Icon name="trash" />
      <span class="toast-text">
        <bdi>{removed.what}</bdi> was removed.
      </span>
      <button type="button" class="button secondary" onClick={() => void model.bringBack()}>
        Undo
      </button>
      <IconButton icon="close" label="Dismiss" onClick={() => model.dismiss()} />
    </div>
  );
}
