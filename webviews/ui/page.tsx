import type { JSX } from 'preact';
import { Icon, IconButton } from './components.tsx';
import type { PanelFailure } from './messages.ts';

/** Parts of panels that are one page about one thing. */

/** What stands where the page will be: first paint comes before data. */
export function PageSkeleton(): JSX.Element {
  return (
    <div class="page" aria-hidden="true">
      <div class="skeleton title" />
      <div class="skeleton short" />
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="skeleton" />
      ))}
    </div>
  );
}

/** What is shown is not the newest, and why. */
export function StaleBanner({ failure, onRetry }: { failure: PanelFailure; onRetry(): void }): JSX.Element {
  return (
    <div class="banner" role="status">
      <Icon name="debug-disconnect" /> {failure.message} {failure.hint}
      <button type="button" class="link" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** What the user wanted and did not work, and what to do. */
export function ProblemToast({ problem, onDismiss }: { problem: PanelFailure; onDismiss(): void }): JSX.Element {
  return (
    <div class="toast failed" role="alert">
      <Icon name="error" />
      <span>
        {problem.message} {problem.hint}
      </span>
      <IconButton icon="close" label="Dismiss" onClick={onDismiss} />
    </div>
  );
}

/** Two ways on from a page that could not be read. */
export function RetryButtons({ onRetry, onShowLog }: { onRetry(): void; onShowLog(): void }): JSX.Element {
  return (
    <>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
      <button type="button" class="button secondary" onClick={onShowLog}>
        Show log
      </button>
    </>
  );
}
