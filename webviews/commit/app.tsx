import type { JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Icon, IconButton, Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { Splitter } from '../ui/splitter.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { CommitForm } from './commitForm.tsx';
import { FileRows } from './fileRows.tsx';
import { keyHelp, listenToCommitKeys } from './keys.ts';
import type { CommitModel } from './model.ts';
import { PatchView } from './patchView.tsx';
import type { Spot } from './rules.ts';

const formLimits = { least: 260, most: 720 };

/** The whole panel: the files, the difference of one of them, and the commit. */
export function App({ model }: { model: CommitModel }): JSX.Element {
  useDrawn(model);
  const [help, setHelp] = useState(false);
  const [listWidth, setListWidth] = useState(model.kept.listWidth ?? 280);
  const [formWidth, setFormWidth] = useState(model.kept.formWidth ?? 340);
  const tree = useRef<HTMLDivElement>(null);
  const toList = useCallback(() => tree.current?.focus(), []);
  const toMessage = useCallback(() => document.getElementById('message')?.focus(), []);
  useEffect(() => listenToCommitKeys(model, { help: () => setHelp(true), list: toList, message: toMessage }), [model, toList, toMessage]);
  useEffect(() => {
    model.onGo = (spot) => goTo(spot, toList);
  }, [model, toList]);
  const { changes, plan } = model;
  const phases = [changes.staged.phase, changes.changes.phase];
  const failed = phases.find((phase) => phase.kind === 'failed');
  const files = changes.sections.reduce((sum, section) => sum + section.files.length, 0);
  const name = model.opening === undefined ? '' : visibleName(model.opening.name);
  return (
    <main class="panel commit-panel">
      <h1 class="visually-hidden">Commit in {name}</h1>
      <div class="toolbar">
        <span class="where">
          <Icon name="repo" /> {name}
          {plan === undefined ? null : (
            <>
              <Icon name={plan.head.state === 'detached' ? 'git-commit' : 'git-branch'} /> <span class="branch">{headText(plan.head)}</span>
            </>
          )}
          {plan?.operation === undefined ? null : <span class="badge">{visibleName(plan.operation)}</span>}
        </span>
        <span class="gap" />
        <IconButton icon="refresh" label="Refresh" shortcut="r" onClick={() => void model.refresh(true)} />
        <IconButton icon="question" label="Keys" shortcut="?" onClick={() => setHelp(true)} />
      </div>
      <ProgressLine active={phases.some(({ kind }) => kind === 'listing') || model.committing} label="Working" />
      {model.away ? (
        <div class="notice" role="status">
          <Icon name="debug-disconnect" /> The Hearth server is restarting; the panel comes back by itself.
        </div>
      ) : null}
      <div class="columns">
        <nav class="sidebar" style={{ width: `${listWidth}px` }} aria-label="Changed files">
          <FileRows model={model} tree={tree} />
        </nav>
        <Splitter
          width={listWidth}
          label="Width of the list of files"
          onWidth={(width) => {
            setListWidth(width);
            model.keep({ listWidth: width });
          }}
        />
        <div class="content">
          {failed?.kind === 'failed' ? (
            <Message icon="error" title={failed.failure.message} detail={failed.failure.hint}>
              <button type="button" class="button" onClick={() => void model.refresh(true)}>
                Try again
              </button>
              <button type="button" class="button secondary" onClick={() => void model.bridge.ask('showLog', {})}>
                Show log
              </button>
            </Message>
          ) : changes.listed && files === 0 ? (
            <Message
              icon="pass"
              title="Nothing to commit"
              detail="The working tree is as the last commit has it. Changes show here by themselves."
            />
          ) : (
            <PatchView model={model} />
          )}
        </div>
        <Splitter
          width={formWidth}
          label="Width of the commit form"
          limits={formLimits}
          after
          onWidth={(width) => {
            setFormWidth(width);
            model.keep({ formWidth: width });
          }}
        />
        <aside class="form-column" style={{ '--form-width': `${formWidth}px` }} aria-label="Commit">
          <CommitForm model={model} />
        </aside>
      </div>
      {help ? <HelpDialog keys={keyHelp} onClose={() => setHelp(false)} /> : null}
    </main>
  );
}

function headText(head: NonNullable<CommitModel['plan']>['head']): string {
  if (head.state === 'detached') return `detached at ${head.commit?.slice(0, 7) ?? ''}`;
  return head.state === 'unborn' ? `${visibleName(head.branch ?? '')}, no commit yet` : visibleName(head.branch ?? '');
}

function goTo(spot: Spot, toList: () => void): void {
  switch (spot) {
    case 'message':
      document.getElementById('message')?.focus();
      return;
    case 'entry':
      document.querySelector<HTMLElement>('#spot-entry .entry-text')?.focus();
      return;
    case 'secrets':
      document.querySelector<HTMLElement>('#spot-secrets .finding:not(.allowed) .finding-place')?.focus();
      return;
    case 'identity':
      document.querySelector<HTMLElement>('#spot-identity button')?.focus();
      return;
    case 'conflicts':
    case 'staged':
      toList();
      return;
    case 'trust':
      return;
  }
}
