import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { CommitModel, Outcome } from './model.ts';

/** What happened last: the commit with its undo, or why there is none and what to do. */
export function OutcomePart({ model }: { model: CommitModel }): JSX.Element {
  return (
    <div class="outcome" aria-live="polite">
      <Said model={model} outcome={model.outcome} />
    </div>
  );
}

function Said({ model, outcome }: { model: CommitModel; outcome: Outcome }): JSX.Element | null {
  switch (outcome.kind) {
    case 'nothing':
      return null;
    case 'committing':
      return (
        <p class="toast">
          <Icon name="loading" class="codicon-modifier-spin" />{' '}
          {model.plan !== undefined && model.plan.hooks.names.length > 0 ? 'Hooks run, then git commits…' : 'Committing…'}
        </p>
      );
    case 'blocked':
      return model.blocked === undefined ? null : (
        <p class="toast blocked" role="alert">
          <Icon name="warning" /> {model.blocked.text}
          {model.blocked.spot === 'staged' && model.changes.count('changes') > 0 ? (
            <button type="button" class="link" onClick={() => void model.changes.actOnAll('stage', 'changes')}>
              Stage everything
            </button>
          ) : null}
        </p>
      );
    case 'failed': {
      const { message, hint, detail, reason } = outcome.failure;
      return (
        <section class="failure" role="alert" aria-label="What went wrong">
          <p class="failure-title">
            <Icon name="error" /> {visibleName(message)}
            <span class="gap" />
            <IconButton icon="close" label="Dismiss" onClick={() => model.dismiss()} />
          </p>
          {detail === undefined || detail.trim() === '' ? null : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            <pre class="output" tabIndex={0}>
              {shown(detail)}
            </pre>
          )}
          <p class="failure-hint">
            {hint ??
              (outcome.what === 'commit' && reason === 'git-failed'
                ? 'Nothing was committed. Mend what it says, stage it, and commit again.'
                : '')}
            {outcome.what === 'action' && reason === 'conflict' ? ' What is shown was read anew.' : ''}
            <button type="button" class="link" onClick={() => void model.bridge.ask('showLog', {})}>
              Show log
            </button>
          </p>
        </section>
      );
    }
    case 'committed': {
      const { commit, subject, output } = outcome.committed;
      return (
        <div class="toast done">
          <p>
            <Icon name="pass" class="good" /> Committed{' '}
            <button type="button" class="link commit-id" onClick={() => void model.bridge.ask('showCommit', { commit })}>
              {commit.slice(0, 7)}
            </button>{' '}
            <span class="subject">{visibleName(subject)}</span>
            <button type="button" class="link undo" title="z" onClick={() => void model.undoLast()}>
              Undo
            </button>
          </p>
          {output.trim() === '' ? null : (
            <details>
              <summary>What was printed</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
              <pre class="output" tabIndex={0}>
                {shown(output)}
              </pre>
            </details>
          )}
        </div>
      );
    }
    case 'discarded':
    case 'undone':
      return (
        <div class="toast done">
          <p>
            <Icon name={outcome.kind === 'undone' ? 'discard' : 'trash'} /> {visibleName(outcome.what)}
            <button type="button" class="link undo" title="z" onClick={() => void model.undoLast()}>
              {outcome.kind === 'undone' ? 'Redo' : 'Undo'}
            </button>
          </p>
          {outcome.kind === 'undone' && outcome.kept.length > 0 ? (
            <p class="hint">Kept as they are, because they changed since: {outcome.kept.map(visibleName).join(', ')}</p>
          ) : null}
        </div>
      );
  }
}

/** What a program printed, without the codes that colour a terminal; hidden characters by name. */
function shown(output: string): string {
  return output
    .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
    .split(/\r?\n/)
    .map((line) => visibleName(line.replaceAll('\t', '    ')))
    .join('\n')
    .trimEnd();
}
