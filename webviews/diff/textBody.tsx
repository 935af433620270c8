// biome-ignore-all lint/a11y/useSemanticElements: most rows are not on the page, which a table element cannot say
// biome-ignore-all lint/a11y/useFocusableInteractive: nobody edits these rows; the keys go through the whole panel
import type { JSX } from 'preact';
import { IconButton } from '../ui/components.tsx';
import { Memo } from '../ui/memo.ts';
import type { LoadedBody } from './bodies.ts';
import { tokensOfLine } from './colours.ts';
import type { Finder } from './finder.ts';
import { gutterWidth, longestLine, type Metrics, signWidth, type TextView } from './measure.ts';
import type { ChangedFile } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Cell, Row } from './rows.ts';
import { segmentsOf } from './segments.ts';
import { hasHidden, splitHidden, visibleName } from './visibleText.ts';
import { type Mark, wordMarks } from './wordDiff.ts';

interface Props {
  readonly model: DiffModel;
  readonly finder: Finder;
  readonly file: ChangedFile;
  readonly body: LoadedBody;
  readonly view: TextView;
  readonly firstRow: number;
  readonly endRow: number;
  readonly metrics: Metrics;
  readonly changeRow: number;
  readonly colours: LoadedBody['colours'];
  readonly find: number;
}

/** The lines of a difference; only the rows near the window exist. */
export class TextBody extends Memo<Props> {
  #body: HTMLDivElement | null = null;

  render(): JSX.Element {
    const { model, finder, file, body, view, firstRow, endRow, metrics, changeRow, colours, find } = this.props;
    const { rows, offsets, patch } = view;
    const { split } = view;
    const style = {
      '--gutter': `${gutterWidth(metrics, view.digits)}px`,
      '--sign': `${signWidth(metrics, patch.parents)}px`,
      '--line': `${metrics.line}px`,
      'tab-size': String(metrics.tabSize),
    };
    const drawn: JSX.Element[] = [];
    for (let index = firstRow; index < endRow; index++) {
      const row = rows[index];
      if (row === undefined) continue;
      drawn.push(
        <RowView
          key={index}
          row={row}
          view={view}
          colours={colours}
          current={index === changeRow}
          find={find}
          finder={finder}
          onMore={
            row.kind === 'hunk'
              ? () => model.bodies.wish(file, { context: Math.max(model.bodies.contextOf(fileKeyOf(file)), 3) + 20 })
              : undefined
          }
        />,
      );
    }
    const truncated = 'truncated' in body.diff && body.diff.truncated;
    const width = Math.ceil(view.columns * metrics.character) + 24;
    return (
      <div class={`text-body ${split ? 'split' : 'unified'} ${metrics.wordWrap ? 'wrap' : 'nowrap'}`} style={style}>
        <div
          class="rows"
          role="table"
          aria-label={`Difference of ${visibleName(file.path)}`}
          aria-rowcount={rows.length}
          ref={(element) => {
            this.#body = element;
          }}
          onPointerDown={(event) => {
            // A selection stays on the side where it began.
            const cell = event.target instanceof Element ? event.target.closest('.code') : null;
            if (cell !== null) event.currentTarget.dataset['selecting'] = cell.classList.contains('right') ? 'right' : 'left';
          }}
          onWheel={(event) => {
            const amount = event.deltaX || (event.shiftKey ? event.deltaY : 0);
            const bar = this.#body?.parentElement?.querySelector('.sideways');
            if (amount !== 0 && bar) bar.scrollLeft += amount;
          }}
        >
          <div role="none" style={{ height: `${offsets.start(firstRow)}px` }} />
          {drawn}
          <div role="none" style={{ height: `${Math.max(0, offsets.total - offsets.start(endRow))}px` }} />
        </div>
        {metrics.wordWrap ? null : (
          <div
            class="sideways"
            role="group"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            aria-label="Scroll the lines sideways"
            onScroll={({ currentTarget }) => this.#body?.style.setProperty('--sideways', `${-currentTarget.scrollLeft}px`)}
          >
            <div style={{ width: split ? `calc(50% + ${width}px)` : `${width}px` }} />
          </div>
        )}
        {truncated ? (
          <p class="cut">
            The first lines of {('lines' in body.diff ? body.diff.lines : 0).toLocaleString('en')}.
            <button type="button" class="link" onClick={() => model.bodies.wish(file, { limit: 0 })}>
              Show all
            </button>
          </p>
        ) : null}
      </div>
    );
  }
}

function fileKeyOf(file: ChangedFile): string {
  return file.pathBytes === undefined ? file.path : `bytes:${file.pathBytes}`;
}

interface RowProps {
  readonly row: Row;
  readonly view: TextView;
  readonly colours: LoadedBody['colours'];
  readonly current: boolean;
  readonly find: number;
  readonly finder: Finder;
  readonly onMore: (() => void) | undefined;
}

class RowView extends Memo<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, view, colours, current, find } = this.props;
    return row !== next.row || view !== next.view || colours !== next.colours || current !== next.current || find !== next.find;
  }

  render(): JSX.Element {
    const { row, view, current, onMore } = this.props;
    if (row.kind === 'hunk') return <HunkRow row={row} onMore={onMore} />;
    const mark = current ? 'current-change' : '';
    if (row.kind === 'unified') {
      const { line } = row.cell;
      return (
        <div class={`row ${line.type} ${mark} ${conflictMark(line.text, view)}`} role="row">
          <span class="number" role="cell">
            {line.oldNumber}
          </span>
          <span class="number" role="cell">
            {line.newNumber}
          </span>
          <span class="sign" role="cell">
            {line.signs ?? sign(line.type)}
          </span>
          {this.#code(row.cell, 'left')}
        </div>
      );
    }
    return (
      <div class={`row ${mark}`} role="row">
        {this.#half(row.left, 'left')}
        {this.#half(row.right, 'right')}
      </div>
    );
  }

  #half(cell: Cell | undefined, side: 'left' | 'right'): JSX.Element {
    if (cell === undefined) return <span class={`absent ${side}`} role="cell" />;
    const { line } = cell;
    return (
      <>
        <span class={`number ${line.type}`} role="cell">
          {side === 'left' ? line.oldNumber : line.newNumber}
        </span>
        <span class={`sign ${line.type}`} role="cell">
          {sign(line.type)}
        </span>
        {this.#code(cell, side)}
      </>
    );
  }

  #code(cell: Cell, side: 'left' | 'right'): JSX.Element {
    const { colours, view, finder } = this.props;
    const { line, twin } = cell;
    const cut = line.text.length > longestLine;
    let text = cut ? line.text.slice(0, longestLine) : line.text;
    const carriage = text.endsWith('\r');
    if (carriage) text = text.slice(0, -1);
    const marks = twin === undefined ? [] : marksOf(cell);
    const segments = segmentsOf(text, tokensOfLine(colours, line), marks, finder.hitsIn(text));
    const hidden = hasHidden(text);
    const showReturn = carriage && (!view.crlf || (twin !== undefined && !twin.text.endsWith('\r')));
    return (
      <span class={`code ${side} ${line.type}`} role="cell">
        <span class="text">
          {segments.map(({ text: part, scope, marked, found }, index) => {
            const name = `${scope === '' ? '' : `hl-${scope}`}${marked ? ' word' : ''}${found ? ' found' : ''}`;
            const shown = hidden && hasHidden(part) ? withHidden(part) : part;
            return name === '' ? (
              shown
            ) : (
              <span key={index} class={name}>
                {shown}
              </span>
            );
          })}
          {showReturn ? (
            <span class="invisible" title="carriage return (CRLF)">
              ␍
            </span>
          ) : null}
          {cut ? <span class="invisible">… {(line.text.length - longestLine).toLocaleString('en')} more characters</span> : null}
          {line.noNewline ? (
            <span class="invisible" title="There is no line end at the end of the file">
              {' '}
              no newline at the end
            </span>
          ) : null}
        </span>
      </span>
    );
  }
}

function HunkRow({ row, onMore }: { row: Extract<Row, { kind: 'hunk' }>; onMore: (() => void) | undefined }): JSX.Element {
  const { header, skipped } = row;
  return (
    <div class="row hunk" role="row">
      <span class="hunk-cell" role="cell">
        {skipped > 0 && onMore !== undefined ? (
          <IconButton icon="unfold" label="Show 20 more lines around the changes" onClick={onMore} />
        ) : null}
        <span class="hunk-range">
          @@ −{header.oldStart},{header.oldCount} +{header.newStart},{header.newCount} @@
        </span>
        <span class="hunk-section">{visibleName(header.section)}</span>
      </span>
    </div>
  );
}

function sign(type: 'context' | 'added' | 'removed'): string {
  return type === 'added' ? '+' : type === 'removed' ? '−' : '';
}

/** The lines that git writes around the sides of a conflict. */
function conflictMark(text: string, view: TextView): string {
  return view.patch.parents > 1 && /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/.test(text) ? 'conflict-mark' : '';
}

function withHidden(text: string): (string | JSX.Element)[] {
  return splitHidden(text).map((part, index) =>
    part.hidden ? (
      <span key={index} class="hidden-character" title="A character that is not seen">
        {part.text}
      </span>
    ) : (
      part.text
    ),
  );
}

const marksByCell = new WeakMap<Cell, Mark[]>();

function marksOf(cell: Cell): Mark[] {
  const known = marksByCell.get(cell);
  if (known !== undefined || cell.twin === undefined) return known ?? [];
  const [old, now] = cell.line.type === 'removed' ? [cell.line, cell.twin] : [cell.twin, cell.line];
  const { before, after } = wordMarks(trimReturn(old.text), trimReturn(now.text));
  const made = cell.line.type === 'removed' ? before : after;
  marksByCell.set(cell, made);
  return made;
}

function trimReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
