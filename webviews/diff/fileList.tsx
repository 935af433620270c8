import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { windowOf } from '../ui/code/layout.ts';
import { fixed, type Metrics } from '../ui/code/measure.ts';
import { fromKeyboard, menuOver } from '../ui/keyboardMenu.ts';
import { FileSection } from './fileSection.tsx';
import type { Finder } from './finder.ts';
import { fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';
import { PageLayout } from './pageLayout.ts';

interface Props {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly finder: Finder;
  readonly banner: ComponentChildren;
}

/** Pixels drawn beyond what is seen, so that a scroll finds something there. */
const beyond = 500;
const rowStep = 8;
/** Files are asked for once scrolling rests so long (milliseconds): dragging the bar past thousands asks for none of them. */
const rest = 60;
/** Faster than so many pixels a millisecond nothing is read on the way. */
const fast = 3;
/** A scroll within so many milliseconds of a wheel, a key or a drag is the user's. */
const byHand = 300;

/** The files, one below the other; only those in view exist on the page. */
export function FileList({ model, navigator, finder, banner }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const layout = useMemo(() => new PageLayout(model), [model]);
  const state = useRef({
    top: 0,
    height: 800,
    head: 0,
    signature: '',
    known: '',
    /** Pixels a millisecond, while scrolling. */
    speed: 0,
    scrolledAt: 0,
    input: -1,
    pressed: false,
    restored: false,
    anchor: undefined as Anchor | undefined,
  }).current;

  useMetrics(model, layout, element, probe, redraw);
  // Scrolling draws often and moves nothing.
  const known = `${model.version} ${layout.version}`;
  if (known !== state.known) {
    state.known = known;
    layout.update();
  }

  const visible = useCallback(
    (margin: number) => {
      const top = state.top - state.head;
      return windowOf(layout.offsets, top - margin, top + state.height + margin, 1);
    },
    [layout, state],
  );

  /** What the page would draw; equal means nothing to do. */
  const signature = useCallback(() => {
    const { first, end } = visible(beyond);
    let text = `${first}-${end}`;
    for (let index = first; index < end; index++) {
      const view = viewAt(layout, model, index);
      if (view === undefined) continue;
      const range = rowsAt(layout, state, index, view);
      text += `,${range.first}-${range.end}`;
    }
    return text;
  }, [layout, model, state, visible]);

  const load = useCallback(() => {
    const seen = visible(0);
    const near = visible(beyond);
    const order = [
      ...range(seen.first, seen.end),
      ...range(seen.end, Math.min(near.end + 2, layout.offsets.length)),
      ...range(near.first, seen.first),
    ];
    const files = order.flatMap((index) => {
      const file = model.shown[index];
      return file === undefined || model.isCollapsed(fileKey(file)) ? [] : [file];
    });
    model.bodies.want(files);
  }, [layout, model, visible]);

  // Keeps what is seen where it is while things above it get other heights, and restores the place after a reload.
  useLayoutEffect(() => {
    const scroller = element.current;
    if (scroller === null) return;
    const bannerHeight = head.current?.offsetHeight ?? 0;
    if (!state.restored && model.phase.kind === 'listed') {
      state.restored = true;
      const { at } = model.kept;
      if (at !== undefined && model.index.has(at.key)) state.anchor = { key: at.key, delta: at.offset };
    }
    const { anchor } = state;
    const index = anchor === undefined ? undefined : model.index.get(anchor.key);
    if (anchor !== undefined && index !== undefined) {
      const delta = Math.min(anchor.delta, Math.max(0, layout.offsets.end(index) - layout.offsets.start(index) - 1));
      const top = Math.round(bannerHeight + layout.offsets.start(index) + delta);
      if (Math.abs(top - scroller.scrollTop) >= 1) {
        scroller.scrollTop = top;
      }
    }
    const changed = bannerHeight !== state.head || scroller.scrollTop !== state.top || scroller.clientHeight !== state.height;
    state.head = bannerHeight;
    state.top = scroller.scrollTop;
    state.height = scroller.clientHeight;
    if (changed) redraw(0);
    const now = signature();
    if (now !== state.signature) {
      state.signature = now;
      redraw(0);
    }
    // An element that scrolled away took the keyboard with it: give it back to the list, unless it is elsewhere in the window.
    if (state.signature !== '' && document.hasFocus() && document.activeElement === document.body) focusQuietly(scroller);
    if (state.speed < fast) load();
  });

  useEffect(() => {
    const scroller = element.current;
    if (scroller === null) return;
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settled = (): void => {
      state.speed = 0;
      load();
      if (state.anchor !== undefined) model.keep({ at: { key: state.anchor.key, offset: state.anchor.delta } });
      else model.keep({ at: { key: '', offset: 0 } });
    };
    const onScroll = (): void => {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        const now = performance.now();
        state.speed = Math.abs(scroller.scrollTop - state.top) / Math.max(1, now - state.scrolledAt);
        state.scrolledAt = now;
        state.top = scroller.scrollTop;
        const byUser = state.pressed || performance.now() - state.input < byHand;
        state.anchor = anchorAt(layout, model, state);
        // Who scrolls away from the current file has another one in mind.
        if (byUser && model.current !== undefined && state.anchor?.key !== model.current.key) {
          model.current = undefined;
          model.changed();
        }
        const drawn = signature();
        if (drawn !== state.signature) {
          state.signature = drawn;
          redraw(0);
        }
        clearTimeout(timer);
        timer = setTimeout(settled, rest);
      });
    };
    const onInput = (event: Event): void => {
      if (event instanceof KeyboardEvent && !/^(Arrow|Page|Home|End| )/.test(event.key)) return;
      state.input = performance.now();
      if (event.type === 'pointerdown') state.pressed = true;
      if (event.type === 'pointerup') state.pressed = false;
    };
    const inputs = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
    for (const input of inputs) scroller.addEventListener(input, onInput, { passive: true });
    window.addEventListener('pointerup', onInput, { passive: true });
    scroller.addEventListener('scroll', onScroll, { passive: true });
    navigator.scroller = {
      show: (key, row) => {
        const index = model.index.get(key);
        if (index === undefined) return;
        layout.update();
        const rowTop =
          row === undefined ? 0 : fixed.header + (layout.viewOf(key)?.offsets.start(row) ?? 0) - Math.min(140, state.height / 4);
        const top = Math.max(0, Math.round(state.head + layout.offsets.start(index) + rowTop));
        state.anchor = { key, delta: Math.max(0, rowTop) };
        if (rowTop < 0) state.anchor = undefined;
        // What follows is our own scroll, whatever was pressed just before.
        state.input = -1;
        state.pressed = false;
        scroller.scrollTop = top;
        state.top = scroller.scrollTop;
        redraw(0);
      },
      focus: (key) => {
        const before = document.activeElement;
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            // Who went on to the filter meanwhile keeps the keyboard there.
            const now = document.activeElement;
            if (now !== before && now !== document.body && !scroller.contains(now)) return;
            const index = model.index.get(key);
            scroller.querySelector<HTMLElement>(`[data-index="${index}"] .file-toggle`)?.focus({ preventScroll: true });
          });
        });
      },
      viewOf: (key) => layout.viewOf(key),
      place: () => {
        // As it is now: what is drawn follows a frame later.
        const top = scroller.scrollTop - state.head;
        const index = layout.offsets.at(Math.max(0, top));
        const file = model.shown[index];
        if (file === undefined) return undefined;
        const view = viewAt(layout, model, index);
        const y = top - layout.offsets.start(index);
        return { key: fileKey(file), row: y <= 0 ? -1 : (view?.offsets.at(y) ?? 0) };
      },
    };
    return () => {
      for (const input of inputs) scroller.removeEventListener(input, onInput);
      window.removeEventListener('pointerup', onInput);
      scroller.removeEventListener('scroll', onScroll);
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      navigator.scroller = undefined;
    };
  }, [layout, load, model, navigator, signature, state]);

  const onMeasured = useCallback(
    (key: string, height: number) => {
      if (layout.measured(key, height)) redraw(0);
    },
    [layout],
  );

  // By keyboard it is the menu of the current file.
  const onContextMenu = (event: MouseEvent): void => {
    const file = navigator.currentFile;
    if (file === undefined || !fromKeyboard(event)) return;
    event.preventDefault();
    menuOver(element.current?.querySelector(`[data-index="${model.index.get(fileKey(file))}"] .file-header`) ?? null);
  };

  const { first, end } = visible(beyond);
  const { metrics, offsets } = layout;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a section of its own inside would be one landmark more
    <div class="files" ref={element} role="region" aria-label="Differences" tabIndex={0} onContextMenu={onContextMenu}>
      <span class="probe" ref={probe} aria-hidden="true">
        {'0'.repeat(100)}
      </span>
      <div ref={head}>{banner}</div>
      <div style={{ height: `${offsets.start(first)}px` }} />
      {metrics === undefined
        ? null
        : range(first, end).map((index) => {
            const file = model.shown[index];
            if (file === undefined) return null;
            const key = fileKey(file);
            const view = viewAt(layout, model, index);
            const rows = view === undefined ? { first: 0, end: 0 } : rowsAt(layout, state, index, view);
            return (
              <FileSection
                key={key}
                model={model}
                navigator={navigator}
                file={file}
                index={index}
                body={model.body(key)}
                view={view}
                firstRow={rows.first}
                endRow={rows.end}
                metrics={metrics}
                collapsed={model.isCollapsed(key)}
                viewed={model.viewed.has(key)}
                current={model.current?.key === key}
                change={model.current?.key === key ? model.current.change : -1}
                colours={coloursOf(model, key)}
                find={finder.versionFor(key)}
                finder={finder}
                onMeasured={onMeasured}
              />
            );
          })}
      <div style={{ height: `${Math.max(0, offsets.total - offsets.start(end))}px` }} />
      {model.files.size > 0 && model.shown.length === 0 ? <p class="nothing">No file matches the filter.</p> : null}
      {model.files.size === 0 ? <Skeletons /> : <div class="files-end" />}
    </div>
  );
}

/** Takes the keyboard without the ring that a Tab would show. */
export function focusQuietly(scroller: HTMLElement): void {
  scroller.dataset['quiet'] = '';
  scroller.addEventListener('blur', () => delete scroller.dataset['quiet'], { once: true });
  scroller.focus({ preventScroll: true });
}

interface Anchor {
  readonly key: string;
  readonly delta: number;
}

function anchorAt(layout: PageLayout, model: DiffModel, state: { top: number; head: number }): Anchor | undefined {
  const y = state.top - state.head;
  if (y <= 0) return undefined;
  const index = layout.offsets.at(y);
  const file = model.shown[index];
  return file === undefined ? undefined : { key: fileKey(file), delta: y - layout.offsets.start(index) };
}

function viewAt(layout: PageLayout, model: DiffModel, index: number): ReturnType<PageLayout['viewOf']> {
  const file = model.shown[index];
  if (file === undefined) return undefined;
  const key = fileKey(file);
  return model.isCollapsed(key) ? undefined : layout.viewOf(key);
}

function rowsAt(
  layout: PageLayout,
  state: { top: number; head: number; height: number },
  index: number,
  view: NonNullable<ReturnType<PageLayout['viewOf']>>,
) {
  const top = state.top - state.head - layout.offsets.start(index) - fixed.header;
  return windowOf(view.offsets, top - beyond, top + state.height + beyond, rowStep);
}

function coloursOf(model: DiffModel, key: string): unknown {
  const body = model.body(key);
  return body.kind === 'loaded' ? body.colours : undefined;
}

function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
}

/** Follows the width of the page and the editor's font. */
function useMetrics(
  model: DiffModel,
  layout: PageLayout,
  element: { current: HTMLDivElement | null },
  probe: { current: HTMLSpanElement | null },
  redraw: (change: number) => void,
): void {
  const { layout: sides, wordWrap } = model;
  const tabSize = model.opening?.settings.tabSize ?? 4;
  const before = layout.metrics;
  if (before !== undefined && (before.layout !== sides || before.wordWrap !== wordWrap || before.tabSize !== tabSize)) {
    layout.metrics = { ...before, layout: sides, wordWrap, tabSize };
  }
  useLayoutEffect(() => {
    const measure = (): void => {
      const [scroller, text] = [element.current, probe.current];
      if (scroller === null || text === null || scroller.clientWidth === 0) return;
      const { width, height } = text.getBoundingClientRect();
      const made: Metrics = {
        width: scroller.clientWidth - 26,
        line: Math.max(12, Math.round(height)),
        character: Math.max(1, width / 100),
        tabSize: model.opening?.settings.tabSize ?? 4,
        wordWrap: model.wordWrap,
        layout: model.layout,
      };
      if (JSON.stringify(made) === JSON.stringify(layout.metrics)) return;
      layout.metrics = made;
      redraw(0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (element.current !== null) observer.observe(element.current);
    if (probe.current !== null) observer.observe(probe.current);
    return () => observer.disconnect();
  }, [model, layout, element, probe, redraw]);
}

function Skeletons(): JSX.Element {
  return (
    <div class="skeletons" aria-hidden="true">
      {[7, 4, 9].map((lines) => (
        <div class="file skeleton" key={lines}>
          <div class="file-header" />
          {range(0, lines).map((line) => (
            <div class="skeleton-line" key={line} style={{ width: `${35 + ((line * 37 + lines * 11) % 50)}%` }} />
          ))}
        </div>
      ))}
    </div>
  );
}
