import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { Splitter } from '../ui/splitter.tsx';
import { CommitBanner } from './commitBanner.tsx';
import { FileList, focusQuietly } from './fileList.tsx';
import { FindBar } from './findBar.tsx';
import { Finder } from './finder.ts';
import { keyHelp, listenToDiffKeys } from './keys.ts';
import type { DiffModel } from './model.ts';
import { Navigator } from './navigator.ts';
import { Notice } from './notice.tsx';
import { Toolbar } from './toolbar.tsx';
import { FileTree } from './treeView.tsx';

/** The whole panel. */
export function App({ model }: { model: DiffModel }): JSX.Element {
  useDrawn(model);
  const [help, setHelp] = useState(false);
  const [finding, setFinding] = useState(false);
  const [treeWidth, setTreeWidth] = useState(model.kept.treeWidth ?? 280);
  const [treeHidden, setTreeHidden] = useState(model.kept.treeHidden ?? window.innerWidth < 640);
  const filterInput = useRef<HTMLInputElement>(null);
  const treeElement = useRef<HTMLDivElement>(null);
  const navigator = useMemo(() => new Navigator(model), [model]);
  const finder = useMemo(() => new Finder(model, navigator), [model, navigator]);
  const hideTree = useCallback(
    (hidden: boolean) => {
      setTreeHidden(hidden);
      model.keep({ treeHidden: hidden });
    },
    [model],
  );
  useEffect(
    () =>
      listenToDiffKeys(model, navigator, {
        // Shown at once, not with the next frame: who types quickly must not type into the panel's keys.
        filter: () => {
          show('.sidebar');
          hideTree(false);
          filterInput.current?.focus();
          filterInput.current?.select();
        },
        tree: () => {
          show('.sidebar');
          hideTree(false);
          treeElement.current?.focus();
        },
        find: () => {
          show('.find-bar');
          setFinding(true);
          const input = document.querySelector<HTMLInputElement>('.find-bar input');
          input?.focus();
          input?.select();
        },
        help: () => setHelp(true),
        escape: () => {
          finder.clear();
          setFinding(false);
          const files = document.querySelector<HTMLElement>('.files');
          if (files !== null) focusQuietly(files);
        },
      }),
    [model, navigator, finder, hideTree],
  );
  const { phase, opening } = model;
  const listing = phase.kind === 'listing';
  return (
    <main class="panel">
      <h1 class="visually-hidden">
        {opening === undefined ? 'Compare' : `Compare ${opening.fromLabel} with ${opening.toLabel} in ${opening.name}`}
      </h1>
      <Toolbar
        model={model}
        navigator={navigator}
        treeHidden={treeHidden}
        onTree={() => hideTree(!treeHidden)}
        onFind={() => setFinding(!finding)}
        onHelp={() => setHelp(true)}
      />
      <ProgressLine active={listing} label="Reading the comparison" />
      <Notice model={model} />
      <FindBar finder={finder} hidden={!finding} onClose={() => setFinding(false)} />
      <div class="columns">
        <FileTree model={model} navigator={navigator} width={treeWidth} hidden={treeHidden} input={filterInput} tree={treeElement} />
        {treeHidden ? null : (
          <Splitter
            width={treeWidth}
            label="Width of the file tree"
            onWidth={(width) => {
              setTreeWidth(width);
              model.keep({ treeWidth: width });
            }}
          />
        )}
        <div class="content">
          {phase.kind === 'failed' && model.files.size === 0 ? (
            <Message icon="error" title={phase.failure.message} detail={phase.failure.hint}>
              <button type="button" class="button" onClick={() => void model.list()}>
                Try again
              </button>
              <button type="button" class="button secondary" onClick={() => void model.bridge.ask('pick', { which: 'both' })}>
                Compare something else…
              </button>
              <button type="button" class="button secondary" onClick={() => void model.bridge.ask('showLog', {})}>
                Show log
              </button>
            </Message>
          ) : phase.kind === 'listed' && model.files.size === 0 ? (
            <Message
              icon="pass"
              title={`No differences between ${model.labels?.from ?? opening?.fromLabel} and ${model.labels?.to ?? opening?.toLabel}`}
              detail={model.whitespace === 'show' ? undefined : 'Differences in whitespace are ignored.'}
            >
              <button type="button" class="button" onClick={() => void model.bridge.ask('pick', { which: 'both' })}>
                Compare something else…
              </button>
            </Message>
          ) : (
            <FileList model={model} navigator={navigator} finder={finder} banner={<CommitBanner model={model} />} />
          )}
        </div>
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">
        {navigator.announcement}
      </div>
      {help ? <HelpDialog keys={keyHelp} onClose={() => setHelp(false)} /> : null}
    </main>
  );
}

function show(selector: string): void {
  const element = document.querySelector<HTMLElement>(selector);
  if (element !== null) element.hidden = false;
}
