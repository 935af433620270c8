import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { LineList } from '../ui/lineList.tsx';
import { type LogModel, streams } from './logModel.ts';
import { LogRow } from './logRow.tsx';

/** The log: search, stream, follow; only the rows that are seen exist. */
export function LogView({ log, onOpen }: { log: LogModel; onOpen(): void }): JSX.Element {
  const { shown, look } = log;
  const current = log.matches[log.match];
  const row = (index: number): JSX.Element => {
    const line = shown[index] as (typeof shown)[number];
    return <LogRow key={line.n} line={line} text={look.text} current={index === current} />;
  };
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
      <LineList
        id="log-lines"
        count={shown.length}
        following={look.following}
        current={current}
        of={`${look.stream} ${look.text}`}
        empty={emptyWords(log)}
        row={row}
        onFollow={(following) => log.lookAt({ following })}
      />
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
