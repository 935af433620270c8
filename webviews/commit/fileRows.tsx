// biome-ignore-all lint/a11y/useFocusableInteractive: the tree has the keyboard, its rows are named by aria-activedescendant
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the keys of the tree and of the panel do the same
import type { JSX, RefObject } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Counts } from '../ui/code/counts.tsx';
import { statusOf } from '../ui/code/status.ts';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { CommitModel } from './model.ts';
import { type ListRow, placeId, rowId, type SectionName } from './sections.ts';

const rowHeight = 22;
const beyond = 10;

const titles: Readonly<Record<SectionName, string>> = { conflicts: 'Conflicts', staged: 'Staged', changes: 'Changes' };

interface Props {
  readonly model: CommitModel;
  readonly tree: RefObject<HTMLDivElement | null>;
}

/** The changed files, staged and not; only the rows in view exist. */
export function FileRows({ model, tree }: Props): JSX.Element {
  const { changes } = model;
  const { rows } = changes;
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  // A heading can have the keyboard, as long as no other file is chosen; else the chosen file has it. Keys may come faster than frames.
  const heading = useRef<{ readonly section: SectionName; readonly over: string } | undefined>(undefined);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const chosenNow = (): string => (changes.place === undefined ? '' : placeId(changes.place));
  const activeNow = (): number => {
    const id = heading.current?.over === chosenNow() ? `section:${heading.current.section}` : chosenNow();
    return Math.max(
      0,
      changes.rows.findIndex((row) => rowId(row) === id),
    );
  };
  const active = activeNow();
  const chosen = chosenNow();

  useEffect(() => {
    const element = tree.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [tree]);

  useEffect(() => {
    if (heading.current?.over !== chosenNow()) heading.current = undefined;
    reveal(tree.current, activeNow());
  }, [chosen]);

  const activate = (wanted: number): void => {
    const at = Math.max(0, Math.min(changes.rows.length - 1, wanted));
    const row = changes.rows[at];
    if (row === undefined) return;
    if (row.kind === 'section') heading.current = { section: row.section, over: chosenNow() };
    else {
      heading.current = undefined;
      changes.choose(row);
    }
    reveal(tree.current, at);
    redraw(0);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = activeNow();
    const row = changes.rows[at];
    if (row === undefined) return;
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const section = changes.rows.findIndex((each) => each.kind === 'section' && each.section === row.section);
    const keys: Record<string, () => void> = {
      ArrowDown: () => activate(at + 1),
      ArrowUp: () => activate(at - 1),
      Home: () => activate(0),
      End: () => activate(changes.rows.length - 1),
      PageDown: () => activate(at + page),
      PageUp: () => activate(at - page),
      ArrowLeft: () => {
        if (row.kind === 'section') changes.toggle(row.section, false);
        else activate(section);
      },
      ArrowRight: () => {
        if (row.kind === 'section' && !row.open) changes.toggle(row.section, true);
        else if (row.kind === 'section') activate(at + 1);
      },
    };
    if (row.kind === 'section') {
      keys[' '] = () => actOnSection(model, row.section);
      keys['Enter'] = () => changes.toggle(row.section);
    }
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
    redraw(0);
  };

  const first = Math.max(0, Math.floor(top / rowHeight) - beyond);
  const end = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + beyond);
  return (
    <div
      ref={tree}
      class="tree"
      role="tree"
      aria-label="Changed files"
      tabIndex={0}
      aria-activedescendant={active >= first && active < end ? `row-${active}` : undefined}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div role="none" style={{ height: `${first * rowHeight}px` }} />
      {rows.slice(first, end).map((row, offset) => (
        <RowView
          key={rowId(row)}
          model={model}
          row={row}
          index={first + offset}
          active={first + offset === active}
          current={rowId(row) === chosen}
          onClick={() => {
            activate(first + offset);
            if (row.kind === 'section') changes.toggle(row.section);
          }}
        />
      ))}
      <div role="none" style={{ height: `${(rows.length - end) * rowHeight}px` }} />
    </div>
  );
}

function actOnSection({ changes }: CommitModel, section: SectionName): void {
  if (section === 'changes') void changes.actOnAll('stage', section);
  if (section === 'staged') void changes.actOnAll('unstage', section);
}

interface RowProps {
  readonly model: CommitModel;
  readonly row: ListRow;
  readonly index: number;
  readonly active: boolean;
  readonly current: boolean;
  onClick(): void;
}

function RowView({ model, row, index, active, current, onClick }: RowProps): JSX.Element {
  return row.kind === 'section' ? (
    <SectionRow model={model} row={row} index={index} active={active} onClick={onClick} />
  ) : (
    <FileRow model={model} row={row} index={index} active={active} current={current} onClick={onClick} />
  );
}

type SectionProps = Omit<RowProps, 'row' | 'current'> & { readonly row: Extract<ListRow, { kind: 'section' }> };

function SectionRow({ model, row, index, active, onClick }: SectionProps): JSX.Element {
  const { section, count, open } = row;
  const { changes } = model;
  return (
    <div
      id={`row-${index}`}
      role="treeitem"
      aria-level={1}
      aria-expanded={open}
      class={`tree-row section-row ${active ? 'active' : ''}`}
      onClick={onClick}
    >
      <Icon name={open ? 'chevron-down' : 'chevron-right'} />
      <span class="tree-name">{titles[section]}</span>
      {count === 0 || section === 'conflicts' ? null : (
        <span class="row-actions" role="none" onClick={(event) => event.stopPropagation()}>
          {section === 'changes' ? (
            <IconButton
              icon="discard"
              label="Discard all changes…"
              tabStop={false}
              onClick={() => void changes.actOnAll('discard', section)}
            />
          ) : null}
          <IconButton
            icon={section === 'staged' ? 'remove' : 'add'}
            label={section === 'staged' ? 'Unstage everything' : 'Stage everything'}
            shortcut={section === 'staged' ? 'Shift+A' : 'a'}
            tabStop={false}
            onClick={() => actOnSection(model, section)}
          />
        </span>
      )}
      <span class="tree-count">{count.toLocaleString('en')}</span>
    </div>
  );
}

type FileProps = Omit<RowProps, 'row'> & { readonly row: Extract<ListRow, { kind: 'file' }> };

function FileRow({ model, row, index, active, current, onClick }: FileProps): JSX.Element {
  const { file, section, key, position, size } = row;
  const { changes } = model;
  const { letter, word } = statusOf(file);
  const staged = section === 'staged';
  const at = file.path.lastIndexOf('/') + 1;
  const busy = changes.busy.has(placeId(row));
  const label = section === 'conflicts' ? 'Stage: it is resolved' : staged ? 'Unstage' : 'Stage';
  return (
    <div
      id={`row-${index}`}
      role="treeitem"
      aria-level={2}
      aria-posinset={position}
      aria-setsize={size}
      aria-selected={current}
      aria-checked={staged}
      aria-busy={busy}
      class={`tree-row file-row ${active ? 'active' : ''} ${current ? 'current' : ''}`}
      title={visibleName(file.oldPath === undefined ? file.path : `${file.oldPath} → ${file.path}`)}
      onClick={onClick}
      onDblClick={() => void model.bridge.ask('openNative', { area: staged ? 'staged' : 'changes', file: key })}
    >
      <span
        class={`check codicon codicon-${busy ? 'loading codicon-modifier-spin' : staged ? 'check' : 'blank'}`}
        aria-hidden="true"
        title={label}
        onClick={(event) => {
          event.stopPropagation();
          void changes.toggleStaged({ section, key });
        }}
      />
      <span class="tree-name">
        {visibleName(file.path.slice(at))} <span class="tree-folder">{visibleName(file.path.slice(0, Math.max(0, at - 1)))}</span>
      </span>
      <span class="visually-hidden">
        {word}
        {staged ? ', staged' : ''}
      </span>
      <Counts file={file} />
      <span class={`status status-${file.status}`} aria-hidden="true">
        {letter}
      </span>
    </div>
  );
}

function reveal(tree: HTMLDivElement | null, index: number): void {
  if (tree === null) return;
  const top = index * rowHeight;
  if (top < tree.scrollTop) tree.scrollTop = top;
  else if (top + rowHeight > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + rowHeight - tree.clientHeight;
}
