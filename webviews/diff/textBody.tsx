// biome-ignore-all lint/a11y/useSemanticElements: most rows are not on the page, which a table element cannot say
// biome-ignore-all lint/a11y/useFocusableInteractive: nobody edits these rows; the keys go through the whole panel
import type { JSX } from 'preact';
import { gutterWidth, type Metrics, signWidth, type TextView } from '../ui/code/measure.ts';
import { RowView } from '../ui/code/rowView.tsx';
import type { Mark } from '../ui/code/wordDiff.ts';
import { IconButton } from '../ui/components.tsx';
import { Memo } from '../ui/memo.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { LoadedBody } from './bodies.ts';
import type { Finder } from './finder.ts';
import { type ChangedFile, fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';

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
    const hitsIn = (text: string): readonly Mark[] => finder.hitsIn(text);
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
          mark={index === changeRow ? 'current-change' : ''}
          find={find}
          hitsIn={hitsIn}
          before={row.kind === 'hunk' && row.skipped > 0 ? <MoreContext model={model} file={file} /> : undefined}
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

function MoreContext({ model, file }: { model: DiffModel; file: ChangedFile }): JSX.Element {
  const more = (): void => model.bodies.wish(file, { context: Math.max(model.bodies.contextOf(fileKey(file)), 3) + 20 });
  return <IconButton icon="unfold" label="Show 20 more lines around the changes" onClick={more} />;
}
