import type { JSX } from 'preact';
import { colour } from '../ui/code/colours.ts';
import { Counts } from '../ui/code/counts.tsx';
import type { Metrics, TextView } from '../ui/code/measure.ts';
import { statusOf } from '../ui/code/status.ts';
import { Icon, IconButton } from '../ui/components.tsx';
import { Memo } from '../ui/memo.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Body } from './bodies.ts';
import type { Finder } from './finder.ts';
import { type ChangedFile, fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';
import { OtherBody } from './otherBody.tsx';
import { TextBody } from './textBody.tsx';

interface Props {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly finder: Finder;
  readonly file: ChangedFile;
  readonly index: number;
  readonly body: Body;
  readonly view: TextView | undefined;
  readonly firstRow: number;
  readonly endRow: number;
  readonly metrics: Metrics;
  readonly collapsed: boolean;
  readonly viewed: boolean;
  readonly current: boolean;
  /** The current one of the file's changes. */
  readonly change: number;
  /** Here only so that the section is drawn again when they come. */
  readonly colours: unknown;
  readonly find: number;
  onMeasured(key: string, height: number): void;
}

/** One file: its header, which stays in sight, and its difference. */
export class FileSection extends Memo<Props> {
  #element: HTMLElement | null = null;
  #observer: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observe();
    this.#colour();
  }

  override componentDidUpdate(): void {
    this.#observe();
    this.#colour();
  }

  override componentWillUnmount(): void {
    this.#observer?.disconnect();
  }

  #observe(): void {
    this.#observer?.disconnect();
    if (this.#element !== null && this.props.view === undefined) this.#observer?.observe(this.#element);
  }

  #measure(): void {
    if (this.#element !== null && this.props.view === undefined)
      this.props.onMeasured(fileKey(this.props.file), this.#element.offsetHeight);
  }

  #colour(): void {
    const { body, view, model } = this.props;
    if (body.kind === 'loaded') markPainted();
    if (body.kind === 'loaded' && view !== undefined) void colour(body, view.patch, () => model.changed());
  }

  render(): JSX.Element {
    const { model, navigator, finder, file, index, body, view, firstRow, endRow, metrics, collapsed, viewed, current, change } = this.props;
    const key = fileKey(file);
    const name = visibleName(file.path);
    return (
      <section class={`file ${current ? 'current' : ''} ${viewed ? 'viewed' : ''}`} aria-label={name} data-index={index}>
        <FileHeader model={model} navigator={navigator} file={file} collapsed={collapsed} viewed={viewed} />
        {collapsed ? null : view !== undefined && body.kind === 'loaded' ? (
          <TextBody
            model={model}
            finder={finder}
            file={file}
            body={body}
            view={view}
            firstRow={firstRow}
            endRow={endRow}
            metrics={metrics}
            changeRow={change < 0 ? -1 : (view.changes[change] ?? -1)}
            colours={body.colours}
            find={this.props.find}
          />
        ) : (
          <div
            ref={(element) => {
              this.#element = element;
            }}
          >
            <OtherBody model={model} navigator={navigator} file={file} body={body} retry={() => model.bodies.retry(key)} />
          </div>
        )}
      </section>
    );
  }
}

let painted = false;

/** For the bench: when the first difference was on the screen. */
function markPainted(): void {
  if (painted) return;
  painted = true;
  requestAnimationFrame(() => setTimeout(() => performance.mark('hearth:painted')));
}

interface HeaderProps {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly file: ChangedFile;
  readonly collapsed: boolean;
  readonly viewed: boolean;
}

function FileHeader({ model, navigator, file, collapsed, viewed }: HeaderProps): JSX.Element {
  const key = fileKey(file);
  const at = file.path.lastIndexOf('/') + 1;
  const { letter, word } = statusOf(file);
  const wide = model.bodies.contextOf(key) >= 1_000_000;
  const unfoldable =
    !file.binary && !['added', 'deleted', 'untracked', 'unmerged'].includes(file.status) && file.additions + file.deletions > 0;
  const context = { webviewSection: 'file', hearthFile: key, preventDefaultContextMenuItems: true };
  return (
    <div class="file-header" data-vscode-context={JSON.stringify(context)}>
      <button
        type="button"
        class="file-toggle"
        aria-expanded={!collapsed}
        title={collapsed ? 'Unfold (x)' : 'Fold (x)'}
        onClick={() => {
          model.setCurrent(key);
          model.setCollapsed([key], !collapsed);
        }}
      >
        <Icon name={collapsed ? 'chevron-right' : 'chevron-down'} />
        <span class={`status status-${file.status}`} aria-hidden="true">
          {letter}
        </span>
        <span class="visually-hidden">{word}</span>
        <span class="file-path" title={visibleName(file.path)}>
          {file.oldPath === undefined ? null : (
            <span class="old-path">
              {visibleName(file.oldPath)} <span class="arrow">→</span>{' '}
            </span>
          )}
          <span class="folder">{visibleName(file.path.slice(0, at))}</span>
          <span class="name">{visibleName(file.path.slice(at))}</span>
        </span>
      </button>
      <Facts file={file} />
      <Counts file={file} />
      {unfoldable ? (
        <IconButton
          icon={wide ? 'fold' : 'unfold'}
          label={wide ? 'Show only the changes' : 'Show the whole file'}
          pressed={wide}
          onClick={() => model.bodies.wish(file, { context: wide ? model.context : 1_000_000 })}
        />
      ) : null}
      <IconButton icon="diff" label="Open in the diff editor" shortcut="o" onClick={() => navigator.open('openNative', file)} />
      <IconButton icon="go-to-file" label="Open file" onClick={() => navigator.open('openFile', file)} />
      <label class="viewed-box" title="Viewed (v)">
        <input
          type="checkbox"
          checked={viewed}
          onChange={() => {
            model.setCurrent(key);
            model.toggleViewed(key);
          }}
        />
        Viewed
      </label>
    </div>
  );
}

/** What else changed about a file, in words. */
function Facts({ file }: { file: ChangedFile }): JSX.Element {
  const { oldMode, newMode } = file;
  const facts: string[] = [];
  if (oldMode !== '000000' && newMode !== '000000' && oldMode !== newMode) facts.push(`${modeName(oldMode)} → ${modeName(newMode)}`);
  else if (oldMode === '000000' && newMode === '100755') facts.push('executable');
  if (newMode === '120000' && oldMode !== '100644') facts.push('link');
  if (newMode === '160000' || oldMode === '160000') facts.push('submodule');
  if (file.similarity !== undefined && file.oldPath !== undefined) facts.push(`${file.similarity} % the same`);
  if (file.status === 'unmerged') facts.push('conflict');
  return (
    <>
      {facts.map((fact) => (
        <span class="fact" key={fact}>
          {fact}
        </span>
      ))}
    </>
  );
}

function modeName(mode: string): string {
  const names: Readonly<Record<string, string>> = { '100644': 'normal', '100755': 'executable', '120000': 'link', '160000': 'submodule' };
  return names[mode] ?? mode;
}
