// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: the role comes with the properties that all rows share
import type { JSX, RefObject } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Counts } from '../ui/code/counts.tsx';
import { statusOf } from '../ui/code/status.ts';
import { Icon, IconButton } from '../ui/components.tsx';
import { fromKeyboard, menuOver } from '../ui/keyboardMenu.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { TreeRow } from './fileTree.ts';
import { type FilterKind, filterKinds } from './filter.ts';
import { fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';

interface Props {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly width: number;
  readonly hidden: boolean;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly tree: RefObject<HTMLDivElement | null>;
}

const rowHeight = 22;
const beyond = 10;

/** The changed files as a tree, with a filter. Only the rows in view exist. */
export function FileTree({ model, navigator, width, hidden, input, tree }: Props): JSX.Element {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  // Keys may come faster than frames: the active row is known at once, and drawn with the next frame.
  const active = useRef<string | undefined>(undefined);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const setActive = (id: string): void => {
    active.current = id;
    redraw(0);
  };
  const [kindsOpen, setKindsOpen] = useState(model.filter.kinds.size > 0);
  const scrolledFor = useRef<string | undefined>(undefined);
  const rows = model.treeRows;
  const currentKey = model.current?.key;
  const activeNow = (): number => {
    const id = active.current ?? (model.current === undefined ? undefined : `file:${model.current.key}`);
    return Math.max(
      0,
      model.treeRows.findIndex((row) => idOf(row) === id),
    );
  };
  const activeIndex = activeNow();

  useEffect(() => {
    const element = tree.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [tree]);

  // The tree follows the file that the user went to.
  useEffect(() => {
    if (currentKey === undefined || scrolledFor.current === currentKey) return;
    scrolledFor.current = currentKey;
    setActive(`file:${currentKey}`);
    const index = rows.findIndex((row) => row.node.kind === 'file' && row.node.key === currentKey);
    if (index >= 0) reveal(tree.current, index);
  }, [currentKey, rows, tree]);

  const activate = (index: number): void => {
    const now = model.treeRows;
    const at = Math.max(0, Math.min(now.length - 1, index));
    const row = now[at];
    if (row === undefined) return;
    setActive(idOf(row));
    reveal(tree.current, at);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = activeNow();
    const row = model.treeRows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { node } = row;
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => activate(at + 1),
      ArrowUp: () => activate(at - 1),
      Home: () => activate(0),
      End: () => activate(model.treeRows.length - 1),
      PageDown: () => activate(at + page),
      PageUp: () => activate(at - page),
      ArrowRight: () => {
        if (node.kind === 'folder' && model.closedFolders.has(node.path)) model.toggleFolder(node.path, true);
        else if (node.kind === 'folder') activate(at + 1);
      },
      ArrowLeft: () => {
        if (node.kind === 'folder' && !model.closedFolders.has(node.path)) model.toggleFolder(node.path, false);
        else activate(parentOf(model.treeRows, at));
      },
      Enter: () => {
        if (node.kind === 'folder') model.toggleFolder(node.path);
        else navigator.go(node.key);
      },
      ' ': () => {
        if (node.kind === 'file') model.toggleViewed(node.key);
        else model.toggleFolder(node.path);
      },
    };
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  // Asked for by keyboard, the menu is that of the active row, which is drawn with the next frame if it was out of sight.
  const onContextMenu = (event: MouseEvent): void => {
    if (!fromKeyboard(event)) return;
    event.preventDefault();
    const at = activeNow();
    reveal(tree.current, at);
    requestAnimationFrame(() => menuOver(document.getElementById(`row-${at}`)));
  };

  const first = Math.max(0, Math.floor(top / rowHeight) - beyond);
  const end = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + beyond);
  const drawn = rows.slice(first, end);
  const activeRow = rows[activeIndex];
  const activeDrawn = activeRow !== undefined && activeIndex >= first && activeIndex < end;
  return (
    <nav class="sidebar" hidden={hidden} style={{ width: `${width}px` }} aria-label="Changed files">
      <div class="filter">
        <div class="filter-line">
          <input
            ref={input}
            type="text"
            class="input"
            placeholder="Filter files ( / )"
            aria-label="Filter files by path"
            spellcheck={false}
            value={model.filter.text}
            onInput={({ currentTarget }) => model.setFilter({ text: currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown' || event.key === 'Enter') {
                event.preventDefault();
                tree.current?.focus();
              }
            }}
          />
          <IconButton
            icon={model.filter.kinds.size > 0 ? 'filter-filled' : 'filter'}
            label="Filter by kind"
            expanded={kindsOpen}
            onClick={() => setKindsOpen(!kindsOpen)}
          />
        </div>
        {kindsOpen ? <Kinds model={model} /> : null}
        <p class="filter-count">{countText(model)}</p>
      </div>
      <div
        ref={tree}
        class="tree"
        role="tree"
        aria-label="Changed files"
        tabIndex={0}
        aria-activedescendant={activeDrawn ? `row-${activeIndex}` : undefined}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onContextMenu={onContextMenu}
      >
        <div role="none" style={{ height: `${first * rowHeight}px` }} />
        {drawn.map((row, offset) => (
          <TreeRowView
            key={idOf(row)}
            model={model}
            row={row}
            index={first + offset}
            active={first + offset === activeIndex}
            current={row.node.kind === 'file' && row.node.key === currentKey}
            onClick={() => {
              setActive(idOf(row));
              if (row.node.kind === 'folder') model.toggleFolder(row.node.path);
              else navigator.go(row.node.key, false);
            }}
          />
        ))}
        <div role="none" style={{ height: `${(rows.length - end) * rowHeight}px` }} />
      </div>
    </nav>
  );
}

interface RowProps {
  readonly model: DiffModel;
  readonly row: TreeRow;
  readonly index: number;
  readonly active: boolean;
  readonly current: boolean;
  onClick(): void;
}

function TreeRowView({ model, row, index, active, current, onClick }: RowProps): JSX.Element {
  const { node, level, position, size } = row;
  const common = {
    id: `row-${index}`,
    role: 'treeitem',
    'aria-level': level,
    'aria-posinset': position,
    'aria-setsize': size,
    'aria-selected': current,
    style: { paddingLeft: `${4 + (level - 1) * 12}px` },
    onClick,
  } as const;
  if (node.kind === 'folder') {
    const open = !model.closedFolders.has(node.path);
    return (
      <div {...common} class={`tree-row folder-row ${active ? 'active' : ''}`} aria-expanded={open}>
        <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        <span class="tree-name">{visibleName(node.name)}</span>
        <span class="tree-count">{node.files}</span>
      </div>
    );
  }
  const { file, key } = node;
  const { letter, word } = statusOf(file);
  const viewed = model.viewed.has(key);
  const context = { webviewSection: 'file', hearthFile: key, preventDefaultContextMenuItems: true };
  return (
    <div
      {...common}
      class={`tree-row file-row ${active ? 'active' : ''} ${current ? 'current' : ''} ${viewed ? 'viewed' : ''}`}
      aria-checked={viewed}
      title={visibleName(file.oldPath === undefined ? file.path : `${file.oldPath} → ${file.path}`)}
      data-vscode-context={JSON.stringify(context)}
    >
      <span
        class={`tree-check codicon codicon-${viewed ? 'pass-filled' : 'circle-large'}`}
        aria-hidden="true"
        title={viewed ? 'Viewed' : 'Mark as viewed'}
        onClick={(event) => {
          event.stopPropagation();
          model.toggleViewed(fileKey(file));
        }}
      />
      <span class="tree-name">{visibleName(node.name)}</span>
      <span class="visually-hidden">
        {word}
        {viewed ? ', viewed' : ''}
      </span>
      <Counts file={file} />
      <span class={`status status-${file.status}`} aria-hidden="true">
        {letter}
      </span>
    </div>
  );
}

const kindNames: Readonly<Record<FilterKind, string>> = {
  added: 'Added',
  modified: 'Modified',
  deleted: 'Deleted',
  renamed: 'Renamed',
  conflict: 'Conflict',
  binary: 'Binary',
  viewed: 'Viewed',
  unviewed: 'Not viewed',
};

function Kinds({ model }: { model: DiffModel }): JSX.Element {
  return (
    <fieldset class="kinds">
      <legend class="visually-hidden">Show only these kinds</legend>
      {filterKinds.map((kind) => (
        <label class="kind" key={kind}>
          <input
            type="checkbox"
            checked={model.filter.kinds.has(kind)}
            onChange={({ currentTarget }) => {
              const kinds = new Set(model.filter.kinds);
              if (currentTarget.checked) kinds.add(kind);
              else kinds.delete(kind);
              model.setFilter({ kinds });
            }}
          />
          {kindNames[kind]}
        </label>
      ))}
    </fieldset>
  );
}

function countText({ shown, files, viewed }: DiffModel): string {
  const count =
    shown.length === files.size
      ? `${files.size.toLocaleString('en')} ${files.size === 1 ? 'file' : 'files'}`
      : `${shown.length.toLocaleString('en')} of ${files.size.toLocaleString('en')} files`;
  return viewed.size === 0 ? count : `${count} · ${viewed.size.toLocaleString('en')} viewed`;
}

function idOf({ node }: TreeRow): string {
  return node.kind === 'folder' ? `folder:${node.path}` : `file:${node.key}`;
}

function parentOf(rows: readonly TreeRow[], index: number): number {
  const level = rows[index]?.level ?? 1;
  for (let at = index - 1; at >= 0; at--) if ((rows[at]?.level ?? 1) < level) return at;
  return index;
}

function reveal(tree: HTMLDivElement | null, index: number): void {
  if (tree === null) return;
  const top = index * rowHeight;
  if (top < tree.scrollTop) tree.scrollTop = top;
  else if (top + rowHeight > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + rowHeight - tree.clientHeight;
}
