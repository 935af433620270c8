// biome-ignore-all lint/a11y/useSemanticElements: most rows are not on the page, which a table element cannot say
// biome-ignore-all lint/a11y/useFocusableInteractive: nobody edits these rows; the keys go through the whole panel
import type { ComponentChildren, JSX } from 'preact';
import { Memo } from '../memo.ts';
import { hasHidden, splitHidden, visibleName } from '../visibleText.ts';
import { type Colours, tokensOfLine } from './colours.ts';
import { longestLine, type TextView } from './measure.ts';
import type { Cell, Row } from './rows.ts';
import { segmentsOf } from './segments.ts';
import { type Mark, wordMarks } from './wordDiff.ts';

interface RowProps {
  readonly row: Row;
  readonly view: TextView;
  readonly colours: Colours | undefined;
  /** A class for the row, `current-change`. */
  readonly mark: string;
  /** Another number: the search hits are others. */
  readonly find?: number;
  readonly hitsIn?: (text: string) => readonly Mark[];
  /** What stands before and after the words of a hunk's header. */
  readonly before?: ComponentChildren;
  readonly after?: ComponentChildren;
}

/** One row of a difference. Drawn again only when what it shows is another. */
export class RowView extends Memo<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, view, colours, mark, find, after } = this.props;
    return (
      row !== next.row ||
      view !== next.view ||
      colours !== next.colours ||
      mark !== next.mark ||
      find !== next.find ||
      (row.kind === 'hunk' && (after !== undefined || next.after !== undefined))
    );
  }

  render(): JSX.Element {
    const { row, view, mark, before, after } = this.props;
    if (row.kind === 'hunk') return <HunkRow row={row} mark={mark} before={before} after={after} />;
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
    const { colours, view, hitsIn } = this.props;
    const { line, twin } = cell;
    const cut = line.text.length > longestLine;
    let text = cut ? line.text.slice(0, longestLine) : line.text;
    const carriage = text.endsWith('\r');
    if (carriage) text = text.slice(0, -1);
    const marks = twin === undefined ? [] : marksOf(cell);
    const segments = segmentsOf(text, tokensOfLine(colours, line), marks, hitsIn?.(text));
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

interface HunkProps {
  readonly row: Extract<Row, { kind: 'hunk' }>;
  readonly mark: string;
  readonly before: ComponentChildren;
  readonly after: ComponentChildren;
}

function HunkRow({ row, mark, before, after }: HunkProps): JSX.Element {
  const { header } = row;
  return (
    <div class={`row hunk ${mark}`} role="row">
      <span class="hunk-cell" role="cell">
        {before}
        <span class="hunk-range">
          @@ −{header.oldStart},{header.oldCount} +{header.newStart},{header.newCount} @@
        </span>
        <span class="hunk-section">{visibleName(header.section)}</span>
        {after}
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
