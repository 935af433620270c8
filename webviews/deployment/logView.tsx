import type { JSX } from 'preact';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { Icon, IconButton } from '../ui/components.tsx';
import { type LogModel, streams } from './logModel.ts';
import { LogRow } from './logRow.tsx';

/** Height of a row in pixels, as in the style sheet. */
const row = 18;
/** Rows drawn beyond what is seen. */
const margin = 20;

/** The log: search, stream, follow; only the rows that are seen exist. */
export function LogView({ log, onOpen }: { log: LogModel; onOpen(): void }): JSX.Element {
  const scroller = useRef<HTMLElement>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const { shown, look } = log;
  const current = log.matches[log.match];
  /** Set by us: the scroll event that follows is not the user's. */
  const own = useRef(-1);
  const scrollTo = (top: number): void => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = top;
    own.current = element.scrollTop;
  };
  useLayoutEffect(() => {
    if (look.following) scrollTo(shown.length * row);
    redraw(0);
  }, [look.following, shown.length, log.look.stream]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || current === undefined || look.following) return;
    if (current * row < element.scrollTop || (current + 1) * row > element.scrollTop + element.clientHeight)
      scrollTo(current * row - element.clientHeight / 2);
    redraw(0);
  }, [current, look.text]);
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
      const atEnd = element.scrollTop + element.clientHeight >= shown.length * row - row;
      if (atEnd !== look.following) log.lookAt({ following: atEnd });
    }
    redraw(0);
  };
  const { scrollTop = 0, clientHeight = 600 } = scroller.current ?? {};
  const from = Math.max(0, Math.floor(scrollTop / row) - margin);
  const to = Math.min(shown.length, Math.ceil((scrollTop + clientHeight) / row) + margin);
  return (
    <section class="log" aria-label="Log">
      <LogBar log={log} onOpen={onOpen} />
      {log.earlier ? (
        <p class="notice">
          <Icon name="info" /> Earlier lines are in the whole log.
          <button type="button" class="link" onClick={onOpen}>
            Open it
          </button>
        </p>
      ) : null}
      <section
        id="log-lines"
        class="log-lines"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`${shown.length} lines`}
        onScroll={onScroll}
      >
        {shown.length === 0 ? (
          <p class="quiet empty">{emptyWords(log)}</p>
        ) : (
          <div class="log-all" style={{ height: `${shown.length * row}px` }}>
            <div class="log-seen" style={{ transform: `translateY(${from * row}px)` }}>
              {shown.slice(from, to).map((line, index) => (
                <LogRow key={line.n} line={line} text={look.text} current={from + index === current} />
              ))}
            </div>
          </div>
        )}
      </section>
    </section>
  );
}

function emptyWords({ kept, failure, loading, total, ended }: LogModel): string {
  if (!kept) return 'The log of this deployment is not kept any more.';
  if (failure !== undefined) return `${failure.message} ${failure.hint ?? ''}`;
  if (total > 0) return 'No line of this kind yet.';
  if (loading) return 'Reading the log…';
  return ended ? 'It has said nothing.' : 'Nothing was said yet.';
}

const streamNames = { all: 'All', hearth: 'Hearth', build: 'Build', hook: 'Hooks', container: 'Container' } as const;

function LogBar({ log, onOpen }: { log: LogModel; onOpen(): void }): JSX.Element {
  const { look, matches, match } = log;
  const found = look.text === '' ? '' : matches.length === 0 ? 'No match' : `${match + 1} of ${matches.length}`;
  return (
    <div class="toolbar log-bar" role="toolbar" aria-label="Log">
      <h2>Log</h2>
      <search class="find">
        <input
          id="find"
          type="text"
          class="input"
          placeholder="Find in the log"
          aria-label="Find in the log"
          spellcheck={false}
          value={look.text}
          onInput={({ currentTarget }) => log.lookAt({ text: currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              event.preventDefault();
              log.step(event.shiftKey ? -1 : 1);
            } else if (event.key === 'Escape') {
              event.preventDefault();
              log.lookAt({ text: '' });
              document.getElementById('log-lines')?.focus();
            }
          }}
        />
        <span class="quiet find-count" role="status">
          {found}
        </span>
        <IconButton icon="arrow-up" label="Previous match" shortcut="p" disabled={matches.length === 0} onClick={() => log.step(-1)} />
        <IconButton icon="arrow-down" label="Next match" shortcut="n" disabled={matches.length === 0} onClick={() => log.step(1)} />
      </search>
      <span class="gap" />
      <label class="stream">
        <span>Show</span>
        <select
          class="select"
          value={look.stream}
          onChange={({ currentTarget }) => log.lookAt({ stream: streams.find((each) => each === currentTarget.value) ?? 'all' })}
        >
          {(['all', ...streams] as const).map((each) => (
            <option key={each} value={each}>
              {streamNames[each]}
            </option>
          ))}
        </select>
      </label>
      <IconButton
        icon="fold-down"
        label="Follow the log"
        shortcut="f"
        pressed={look.following}
        onClick={() => log.lookAt({ following: !look.following })}
      />
      <IconButton icon="go-to-file" label="Open the whole log in an editor" shortcut="o" onClick={onOpen} />
    </div>
  );
}
