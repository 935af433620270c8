import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { colour } from '../ui/code/colours.ts';
import { Counts } from '../ui/code/counts.tsx';
import { windowOf } from '../ui/code/layout.ts';
import { gutterWidth, type Metrics, signWidth, type TextView } from '../ui/code/measure.ts';
import { RowView } from '../ui/code/rowView.tsx';
import { sizeOf, statusOf } from '../ui/code/status.ts';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Changes, LoadedBody } from './changes.ts';
import { openChosen } from './keys.ts';
import type { ChangedFile, FileDiff } from './messages.ts';
import type { CommitModel } from './model.ts';
import { hasHunks, type SectionName } from './sections.ts';

/** Pixels drawn beyond what is seen. */
const beyond = 400;
const rowStep = 8;

/** The difference of the chosen file, with what can be done to it and to its hunks. */
export function PatchView({ model }: { model: CommitModel }): JSX.Element {
  const { changes } = model;
  const { file, place, body } = changes;
  const scroller = useRef<HTMLElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [top, setTop] = useState(0);
  const { metrics, height } = useMetrics(scroller, probe, model.opening?.tabSize ?? 4);
  const of = body.kind === 'none' ? '' : body.of;
  const view = metrics === undefined ? undefined : changes.view(metrics);

  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
    setTop(0);
  }, [of]);
  useEffect(() => {
    if (body.kind === 'loaded' && view !== undefined) void colour(body, view.patch, () => model.changed());
  });
  const { hunk } = changes;
  useLayoutEffect(() => {
    const row = view?.rows.findIndex((each) => each.kind === 'hunk' && each.hunk === hunk) ?? -1;
    if (scroller.current !== null && view !== undefined && row >= 0) showRow(scroller.current, view, row);
  }, [hunk, view]);

  return (
    <section class="patch" aria-label="Changes of the file">
      {file === undefined || place === undefined ? null : <FileHeader model={model} file={file} section={place.section} />}
      <section
        ref={scroller}
        class="patch-scroll"
        aria-label="Difference"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      >
        <span class="probe" ref={probe} aria-hidden="true">
          {'0'.repeat(100)}
        </span>
        {metrics !== undefined && view !== undefined && body.kind === 'loaded' && place !== undefined ? (
          <Rows model={model} body={body} view={view} metrics={metrics} top={top} height={height} section={place.section} />
        ) : (
          <Other changes={changes} open={() => openChosen(model, 'openFile')} />
        )}
      </section>
    </section>
  );
}

function FileHeader({ model, file, section }: { model: CommitModel; file: ChangedFile; section: SectionName }): JSX.Element {
  const { changes } = model;
  const at = file.path.lastIndexOf('/') + 1;
  const { letter, word } = statusOf(file);
  const place = { section, key: changes.place?.key ?? '' };
  return (
    <header class="patch-header">
      <span class={`status status-${file.status}`} aria-hidden="true">
        {letter}
      </span>
      <span class="visually-hidden">{word}</span>
      <h2 class="patch-path" title={visibleName(file.path)}>
        {file.oldPath === undefined ? null : <span class="folder">{visibleName(file.oldPath)} → </span>}
        <span class="folder">{visibleName(file.path.slice(0, at))}</span>
        {visibleName(file.path.slice(at))}
      </h2>
      <Counts file={file} />
      <span class="gap" />
      {section === 'changes' ? (
        <IconButton icon="discard" label="Discard the changes of the file…" onClick={() => void changes.act('discard', place)} />
      ) : null}
      <IconButton icon="diff" label="Open in the diff editor" shortcut="o" onClick={() => openChosen(model, 'openNative')} />
      <IconButton icon="go-to-file" label="Open file" shortcut="Enter" onClick={() => openChosen(model, 'openFile')} />
      <button type="button" class="button secondary small" title="Space" onClick={() => void changes.toggleStaged(place)}>
        {section === 'staged' ? 'Unstage file' : section === 'conflicts' ? 'Resolved: stage' : 'Stage file'}
      </button>
    </header>
  );
}

interface RowsProps {
  readonly model: CommitModel;
  readonly body: LoadedBody;
  readonly view: TextView;
  readonly metrics: Metrics;
  readonly top: number;
  readonly height: number;
  readonly section: SectionName;
}

function Rows({ model, body, view, metrics, top, height, section }: RowsProps): JSX.Element {
  const { changes } = model;
  const { rows, offsets, patch } = view;
  const { first, end } = windowOf(offsets, top - beyond, top + height + beyond, rowStep);
  const style = {
    '--gutter': `${gutterWidth(metrics, view.digits)}px`,
    '--sign': `${signWidth(metrics, patch.parents)}px`,
    '--line': `${metrics.line}px`,
    'tab-size': String(metrics.tabSize),
  };
  const several = patch.hunks.length > 1;
  const truncated = 'truncated' in body.diff && body.diff.truncated;
  return (
    <div class="text-body unified wrap" style={style}>
      {/* biome-ignore lint/a11y/useSemanticElements: most rows are not on the page, which a table element cannot say */}
      <div class="rows" role="table" aria-label={`Difference of ${visibleName(body.file.path)}`} aria-rowcount={rows.length}>
        <div role="none" style={{ height: `${offsets.start(first)}px` }} />
        {rows.slice(first, end).map((row, offset) => (
          <RowView
            key={first + offset}
            row={row}
            view={view}
            colours={body.colours}
            mark={several && row.hunk === changes.hunk ? 'current-change' : ''}
            after={row.kind === 'hunk' ? <HunkActions changes={changes} hunk={row.hunk} section={section} /> : undefined}
          />
        ))}
        <div role="none" style={{ height: `${Math.max(0, offsets.total - offsets.start(end))}px` }} />
      </div>
      {truncated ? (
        <p class="cut">
          The first lines of {('lines' in body.diff ? body.diff.lines : 0).toLocaleString('en')}.
          <button type="button" class="link" onClick={() => changes.showAll()}>
            Show all
          </button>
        </p>
      ) : null}
    </div>
  );
}

/** What a hunk offers; nothing where the file goes as a whole. */
function HunkActions({ changes, hunk, section }: { changes: Changes; hunk: number; section: SectionName }): JSX.Element | null {
  if (hunk >= changes.hunks || section === 'conflicts') return null;
  const act = (action: 'stage' | 'unstage' | 'discard') => (): void => {
    changes.setHunk(hunk);
    void changes.actOnHunk(action, hunk);
  };
  return (
    <span class="hunk-actions">
      {section === 'staged' ? (
        <HunkButton icon="remove" label="Unstage" shortcut="u" onClick={act('unstage')} />
      ) : (
        <>
          <HunkButton icon="add" label="Stage" shortcut="s" onClick={act('stage')} />
          <HunkButton icon="discard" label="Discard" shortcut="x" onClick={act('discard')} />
        </>
      )}
    </span>
  );
}

function HunkButton({ icon, label, shortcut, onClick }: { icon: string; label: string; shortcut: string; onClick(): void }): JSX.Element {
  return (
    <button type="button" class="hunk-button" title={`${label} this change (${shortcut})`} aria-keyshortcuts={shortcut} onClick={onClick}>
      <Icon name={icon} /> {label}
    </button>
  );
}

/** What stands where there are no lines to show, or not yet. */
function Other({ changes, open }: { changes: Changes; open(): void }): JSX.Element | null {
  const { body } = changes;
  switch (body.kind) {
    case 'none':
      return changes.listed ? null : <Skeleton />;
    case 'loading':
      return <Skeleton />;
    case 'failed':
      return (
        <Note icon="error">
          {body.failure.message} {body.failure.hint}
          <button type="button" class="link" onClick={() => changes.retry()}>
            Try again
          </button>
        </Note>
      );
    case 'loaded':
      return (
        <Note icon={body.diff.kind === 'binary' || body.diff.kind === 'image' ? 'file-binary' : 'info'}>
          {wordsOf(body.diff, body.file)}
          <button type="button" class="link" onClick={open}>
            Open file
          </button>
        </Note>
      );
  }
}

function wordsOf(diff: FileDiff, file: ChangedFile): string {
  const size = (bytes: number): string => (bytes === 0 ? 'nothing' : sizeOf(bytes));
  switch (diff.kind) {
    case 'image':
      return `Image: ${size(diff.oldSize)} → ${size(diff.newSize)}.`;
    case 'binary':
      return `Binary file: ${size(diff.oldSize)} → ${size(diff.newSize)}.`;
    case 'submodule':
      return `Submodule ${diff.oldCommit?.slice(0, 10) ?? 'nothing'} → ${diff.newCommit?.slice(0, 10) ?? 'nothing'}${diff.dirty ? ', with changes of its own that are not committed' : ''}.`;
    case 'unchanged':
    case 'text':
    case 'conflict':
      if (file.status === 'renamed') return 'Only the name changed.';
      if (file.oldMode !== file.newMode && hasHunks(file)) return 'Only the mode of the file changed.';
      return file.status === 'modified' ? 'Nothing differs any more.' : 'The file is empty.';
  }
}

function Note({ icon, children }: { icon: string; children: ComponentChildren }): JSX.Element {
  return (
    <p class="patch-note">
      <Icon name={icon} /> {children}
    </p>
  );
}

function Skeleton(): JSX.Element {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: 9 }, (_, line) => (
        <div class="skeleton-line" key={line} style={{ width: `${30 + ((line * 41) % 55)}%` }} />
      ))}
    </div>
  );
}

/** Scrolls as little as shows the row and some of what follows. */
function showRow(scroller: HTMLElement, view: TextView, row: number): void {
  const start = view.offsets.start(row);
  const { scrollTop, clientHeight } = scroller;
  if (start < scrollTop || start + Math.min(120, clientHeight / 2) > scrollTop + clientHeight) scroller.scrollTop = Math.max(0, start - 8);
}

/** Follows the width of the page and the editor's font. */
function useMetrics(
  scroller: { current: HTMLElement | null },
  probe: { current: HTMLSpanElement | null },
  tabSize: number,
): { metrics: Metrics | undefined; height: number } {
  const kept = useRef<{ metrics: Metrics | undefined; height: number }>({ metrics: undefined, height: 600 });
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const measure = (): void => {
      const [element, text] = [scroller.current, probe.current];
      if (element === null || text === null || element.clientWidth === 0) return;
      const { width, height } = text.getBoundingClientRect();
      const line = Math.max(12, Math.round(height));
      const metrics: Metrics = {
        width: element.clientWidth - 2,
        line,
        character: Math.max(1, width / 100),
        tabSize,
        wordWrap: true,
        layout: 'unified',
        everyHunk: true,
      };
      const before = kept.current;
      const same = JSON.stringify(before.metrics) === JSON.stringify(metrics);
      if (same && before.height === element.clientHeight) return;
      kept.current = { metrics: same ? before.metrics : metrics, height: element.clientHeight };
      redraw(0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller.current !== null) observer.observe(scroller.current);
    if (probe.current !== null) observer.observe(probe.current);
    return () => observer.disconnect();
  }, [scroller, probe, tabSize]);
  return kept.current;
}
