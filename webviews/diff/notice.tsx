import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import type { DiffModel } from './model.ts';

/** One quiet line under the toolbar: the server is away, the repository moved, or reading it again failed. */
export function Notice({ model }: { model: DiffModel }): JSX.Element | null {
  const { phase } = model;
  if (model.away) {
    return (
      <div class="notice" role="status">
        <Icon name="debug-disconnect" /> The Hearth server is restarting; the comparison comes back by itself.
      </div>
    );
  }
  if (phase.kind === 'failed' && model.files.size > 0) {
    return (
      <div class="notice" role="status">
        <Icon name="warning" /> {phase.failure.message} {phase.failure.hint}
        <button type="button" class="link" onClick={() => void model.list()}>
          Try again
        </button>
      </div>
    );
  }
  if (!model.moved) return null;
  return (
    <div class="notice" role="status">
      <Icon name="info" /> The repository changed.
      <button type="button" class="link" onClick={() => void model.list()}>
        Refresh
      </button>
    </div>
  );
}
