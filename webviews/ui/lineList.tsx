import type { JSX } from 'preact';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

/** Height of a row in pixels, as in lines.css. */
const rowHeight = 18;
/** Rows drawn beyond what is seen. */
const margin = 20;

interface Props {
  readonly id: string;
  readonly count: number;
  /** Stays at the end while lines come. */
  readonly following: boolean;
  /** The row that is looked at: brought into sight when it becomes another, unless the end is followed. */
  readonly current: number | undefined;
  /** The rows are others when it changes. */
  readonly of: string;
  /** Where there is no row. */
  readonly empty: string;
  row(index: number): JSX.Element;
  onFollow(following: boolean): void;
}

/** Many lines of one height: only those that are seen exist. Scrolling away from the end stops following it, scrolling there follows again. */
export function LineList({ id, count, following, current, of, empty, row, onFollow }: Props): JSX.Element {
  const scroller = useRef<HTMLElement>(null);
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  /** Set by us: the scroll event that follows is not the user's. */
  const own = useRef(-1);
  const scrollTo = (top: number): void => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = top;
    own.current = element.scrollTop;
  };
  useLayoutEffect(() => {
    if (following) scrollTo(count * rowHeight);
    redraw(0);
  }, [following, count, of]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || current === undefined || following) return;
    if (current * rowHeight < element.scrollTop || (current + 1) * rowHeight > element.scrollTop + element.clientHeight)
      scrollTo(current * rowHeight - element.clientHeight / 2);
    redraw(0);
  }, [current, of]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => redraw(0));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    if (element.scrollTop !== own.current) {
      own.current = -1;
      const atEnd = element.scrollTop + element.clientHeight >= count * rowHeight - rowHeight;
      if (atEnd !== following) onFollow(atEnd);
    }
    redraw(0);
  };
  const { scrollTop = 0, clientHeight = 600 } = scroller.current ?? {};
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
  const to = Math.min(count, Math.ceil((scrollTop + clientHeight) / rowHeight) + margin);
  return (
    <section
      id={id}
      class="log-lines"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={`${count} lines`}
      onScroll={onScroll}
    >
      {count === 0 ? (
        <p class="quiet empty">{empty}</p>
      ) : (
        <div class="log-all" style={{ height: `${count * rowHeight}px` }}>
          <div class="log-seen" style={{ transform: `translateY(${from * rowHeight}px)` }}>
            {Array.from({ length: Math.max(0, to - from) }, (_, index) => row(from + index))}
          </div>
        </div>
      )}
    </section>
  );
}
