import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { DiffOptions } from './messages.ts';
import { fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';

interface Props {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly treeHidden: boolean;
  onTree(): void;
  onFind(): void;
  onHelp(): void;
}

const contexts: readonly (readonly [number, string])[] = [
  [0, 'No context'],
  [3, '3 lines'],
  [10, '10 lines'],
  [25, '25 lines'],
  [1_000_000, 'Whole files'],
];

const whitespaces: readonly (readonly [DiffOptions['whitespace'], string])[] = [
  ['show', 'All whitespace'],
  ['ignore-eol', 'Ignore at line ends'],
  ['ignore-change', 'Ignore its amount'],
  ['ignore-all', 'Ignore whitespace'],
];

/** The pair, how it is shown, and what can be done with it. */
export function Toolbar({ model, navigator, treeHidden, onTree, onFind, onHelp }: Props): JSX.Element {
  const { opening, bridge, layout, wordWrap, shown } = model;
  const allFolded = shown.length > 0 && shown.every((file) => model.isCollapsed(fileKey(file)));
  const own = contexts.some(([lines]) => lines === model.context);
  return (
    <div class="toolbar" role="toolbar" aria-label="Compare">
      <IconButton
        icon={treeHidden ? 'layout-sidebar-left-off' : 'layout-sidebar-left'}
        label={treeHidden ? 'Show the file tree' : 'Hide the file tree'}
        onClick={onTree}
      />
      <div class="pair">
        <SideButton label={opening?.fromLabel} what="older side" onClick={() => void bridge.ask('pick', { which: 'from' })} />
        <IconButton icon="arrow-swap" label="Swap the sides" shortcut="s" onClick={() => void bridge.ask('swap', {})} />
        <SideButton label={opening?.toLabel} what="newer side" onClick={() => void bridge.ask('pick', { which: 'to' })} />
        <IconButton
          icon="git-merge"
          label="Compare from the merge base"
          shortcut="m"
          onClick={() => void bridge.ask('pick', { which: 'mergeBase' })}
        />
      </div>
      <Totals model={model} />
      <span class="gap" />
      <select
        class="select"
        aria-label="Whitespace"
        title="Whitespace (w)"
        value={model.whitespace}
        onChange={({ currentTarget }) => model.setOptions({ whitespace: currentTarget.value as DiffOptions['whitespace'] })}
      >
        {whitespaces.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <select
        class="select"
        aria-label="Lines of context"
        title="Lines of context"
        value={model.context}
        onChange={({ currentTarget }) => model.setOptions({ context: Number(currentTarget.value) })}
      >
        {[...contexts, ...(own ? [] : [[model.context, `${model.context} lines`] as const])].map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <span class="separator" aria-hidden="true" />
      <IconButton
        icon="split-horizontal"
        label="Side by side"
        shortcut="u"
        pressed={layout === 'side-by-side'}
        onClick={() => model.setLayout('side-by-side')}
      />
      <IconButton icon="list-flat" label="Unified" shortcut="u" pressed={layout === 'unified'} onClick={() => model.setLayout('unified')} />
      <IconButton icon="word-wrap" label="Wrap long lines" shortcut="z" pressed={wordWrap} onClick={() => model.setWordWrap(!wordWrap)} />
      <span class="separator" aria-hidden="true" />
      <IconButton
        icon={allFolded ? 'expand-all' : 'collapse-all'}
        label={allFolded ? 'Unfold all files' : 'Fold all files'}
        onClick={() => model.setCollapsed(shown.map(fileKey), !allFolded)}
      />
      <IconButton icon="search" label="Find in the comparison" shortcut="f" onClick={onFind} />
      <IconButton icon="export" label="Export…" shortcut="e" onClick={() => navigator.export()} />
      <IconButton icon="refresh" label="Refresh" shortcut="r" onClick={() => void model.list()} />
      <IconButton icon="question" label="Keys" shortcut="?" onClick={onHelp} />
    </div>
  );
}

function SideButton({ label, what, onClick }: { label: string | undefined; what: string; onClick(): void }): JSX.Element {
  const name = visibleName(label ?? '…');
  return (
    <button type="button" class="side" aria-label={`${what}: ${name}`} title={`Choose the ${what}: ${name}`} onClick={onClick}>
      <span class="side-name">{name}</span>
      <Icon name="chevron-down" />
    </button>
  );
}

function Totals({ model }: { model: DiffModel }): JSX.Element | null {
  if (model.files.size === 0) return null;
  const { files, additions, deletions } = model.totals;
  return (
    <span class="totals">
      <span>
        {files.toLocaleString('en')} {files === 1 ? 'file' : 'files'}
      </span>
      <span class="plus">+{additions.toLocaleString('en')}</span>
      <span class="minus">−{deletions.toLocaleString('en')}</span>
    </span>
  );
}
