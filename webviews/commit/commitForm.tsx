import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { EntryPart } from './entryPart.tsx';
import { Findings } from './findings.tsx';
import type { CommitModel } from './model.ts';
import { OutcomePart } from './outcomePart.tsx';
import { subjectHint, subjectLimits } from './rules.ts';

const suggestTitle =
  'Suggest a message. When VS Code has a language model, the staged changes (the first 60 kB) are sent to it; else the suggestion is made from the changes on this machine.';

/** The message and all that a commit needs beside the files. */
export function CommitForm({ model }: { model: CommitModel }): JSX.Element {
  const { plan, draft, committing } = model;
  const staged = model.changes.count('staged');
  return (
    <form
      class="form"
      aria-label="Commit"
      onSubmit={(event) => {
        event.preventDefault();
        void model.commit();
      }}
    >
      <ItemLine model={model} />
      <Facts model={model} />
      <MessageBox model={model} />
      <label class="line amend">
        <input
          type="checkbox"
          checked={draft.amend}
          disabled={plan?.head.state === 'unborn'}
          onChange={() => model.setAmend(!draft.amend)}
        />
        Amend the last commit
      </label>
      {draft.amend && plan?.last?.pushed === true ? (
        <p class="caution" role="status">
          <Icon name="warning" /> The last commit is on a remote branch already: amending it parts your branch from what others have.
        </p>
      ) : null}
      <EntryPart model={model} />
      <Findings model={model} />
      <OutcomePart model={model} />
      <div class="commit-line">
        <button type="submit" class="button commit-button" disabled={committing} aria-keyshortcuts="Control+Enter" title="Ctrl+Enter">
          <Icon name="check" /> {buttonText(draft.amend, staged)}
        </button>
        {committing ? (
          <button type="button" class="button secondary" onClick={() => model.cancelCommit()}>
            Cancel
          </button>
        ) : null}
      </div>
      {plan === undefined ? null : <p class="small-print">{smallPrint(plan)}</p>}
    </form>
  );
}

function buttonText(amend: boolean, staged: number): string {
  if (amend) return 'Amend commit';
  return staged === 0 ? 'Commit' : `Commit ${staged.toLocaleString('en')} ${staged === 1 ? 'file' : 'files'}`;
}

function smallPrint({ identity, signing, hooks }: NonNullable<CommitModel['plan']>): string {
  const parts = identity === undefined ? [] : [`as ${visibleName(identity.name)} <${visibleName(identity.mail)}>`];
  if (signing) parts.push('signed');
  if (hooks.names.length > 0) parts.push(`hooks: ${hooks.names.map(visibleName).join(', ')}`);
  return parts.join(' · ');
}

/** The work item that the commit will belong to. */
function ItemLine({ model }: { model: CommitModel }): JSX.Element | null {
  const { plan } = model;
  if (plan === undefined) return model.planPhase.kind === 'failed' ? null : <div class="skeleton-line item-skeleton" aria-hidden="true" />;
  const { item, head } = plan;
  return (
    <p class="line item-line">
      {item === undefined ? (
        <>
          <Icon name="circle-slash" />{' '}
          <span>{head.state === 'branch' ? 'No work item on this branch.' : 'No work item without a branch.'}</span>
          <button type="button" class="link" onClick={() => void model.bridge.ask('startWork', {})}>
            Start Work…
          </button>
        </>
      ) : (
        <button type="button" class="link item-link" onClick={() => void model.bridge.ask('openItem', { id: item.id })}>
          #{item.id} {visibleName(item.title)}
        </button>
      )}
    </p>
  );
}

/** What is unusual, each with the way out. */
function Facts({ model }: { model: CommitModel }): JSX.Element {
  const { plan, planPhase, opening } = model;
  return (
    <>
      {opening?.trusted === false ? (
        <p class="caution">
          <Icon name="shield" /> Restricted Mode: nothing can be staged or committed.
          <button type="button" class="link" onClick={() => void model.bridge.ask('trust', {})}>
            Manage trust
          </button>
        </p>
      ) : null}
      {planPhase.kind === 'failed' ? (
        <p class="caution" role="alert">
          <Icon name="error" /> {planPhase.failure.message} {planPhase.failure.hint}
          <button type="button" class="link" onClick={() => void model.refresh(true)}>
            Try again
          </button>
        </p>
      ) : null}
      {plan?.operation === undefined ? null : (
        <p class="caution">
          <Icon name="git-merge" /> {operationText(plan.operation, plan.unmerged)}
        </p>
      )}
      {plan !== undefined && plan.identity === undefined ? (
        <p class="caution" id="spot-identity" tabIndex={-1}>
          <Icon name="account" /> Git does not know who you are.
          <button type="button" class="link" onClick={() => void model.bridge.ask('identity', {})}>
            Write the commands into a terminal
          </button>
        </p>
      ) : null}
    </>
  );
}

function operationText(operation: string, unmerged: number): string {
  const name = visibleName(operation);
  if (unmerged > 0)
    return `A ${name} is in progress: ${unmerged === 1 ? '1 file is' : `${unmerged.toLocaleString('en')} files are`} in conflict.`;
  return operation === 'merge' ? 'A merge is in progress: this commit concludes it.' : `A ${name} is in progress.`;
}

function MessageBox({ model }: { model: CommitModel }): JSX.Element {
  const { draft, suggestion, suggesting } = model;
  const hint = subjectHint(draft.message);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // As high as what is written, within what the stylesheet allows.
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [draft.message]);
  return (
    <div class="message-part">
      <div class="part-head">
        <label for="message">Message</label>
        <span class="gap" />
        <button type="button" class="link suggest" title={suggestTitle} onClick={() => void model.suggest()}>
          <Icon name={suggesting === undefined ? 'sparkle' : 'loading'} class={suggesting === undefined ? '' : 'codicon-modifier-spin'} />{' '}
          {suggesting === undefined ? 'Suggest' : 'Cancel'}
        </button>
      </div>
      <textarea
        id="message"
        ref={box}
        class="input write"
        rows={5}
        spellcheck
        placeholder="What does this change, and why?"
        aria-describedby="subject-hint"
        value={draft.message}
        onInput={({ currentTarget }) => model.setDraft({ message: currentTarget.value })}
      />
      <p class={`hint hint-${hint.level}`} id="subject-hint">
        <span class="subject-length">
          {hint.length}/{hint.length > subjectLimits.good ? subjectLimits.most : subjectLimits.good}
        </span>{' '}
        {hint.text}
      </p>
      {suggestion === undefined ? null : (
        <p class="hint" role="status">
          {suggestion.by === undefined ? 'Suggested from the changes.' : `Suggested by ${visibleName(suggestion.by)}.`} {suggestion.note}
          {suggestion.before.trim() === '' || suggestion.before === draft.message ? null : (
            <button type="button" class="link" onClick={() => model.putBack()}>
              Put back what I wrote
            </button>
          )}
        </p>
      )}
    </div>
  );
}
