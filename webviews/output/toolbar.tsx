import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { type Look, type OutputModel, type Since, sinces } from './model.ts';

const sinceNames: Readonly<Record<Since, string>> = {
  last: 'The last lines',
  '15': '15 minutes',
  '60': 'An hour',
  '1440': 'A day',
  all: 'Everything',
};
const streamNames = { all: 'All output', stdout: 'Output', stderr: 'Errors' } as const;
const streams = ['all', 'stdout', 'stderr'] as const;

/** Search, how far back, which stream, follow, save. */
export function OutputBar({ model, onHelp }: { model: OutputModel; onHelp(): void }): JSX.Element {
  const { look, opening } = model;
  const choose = <K extends keyof Look>(key: K, value: Look[K] | undefined): void => {
    if (value !== undefined) model.lookAt({ [key]: value });
  };
  return (
    <div class="toolbar log-bar" role="toolbar" aria-label="Output">
      <h1>
        <bdi>{visibleName(opening?.target.environment ?? '')}</bdi>
      </h1>
      <Search model={model} />
      <span class="gap" />
      <select
        class="select"
        aria-label="How far back"
        value={look.since}
        onChange={({ currentTarget }) =>
          choose(
            'since',
            sinces.find((each) => each === currentTarget.value),
          )
        }
      >
        {sinces.map((each) => (
          <option key={each} value={each}>
            {sinceNames[each]}
          </option>
        ))}
      </select>
      <select
        class="select"
        aria-label="Which output"
        value={look.stream}
        onChange={({ currentTarget }) =>
          choose(
            'stream',
            streams.find((each) => each === currentTarget.value),
          )
        }
      >
        {streams.map((each) => (
          <option key={each} value={each}>
            {streamNames[each]}
          </option>
        ))}
      </select>
      <IconButton
        icon="fold-down"
        label="Follow the output"
        shortcut="f"
        pressed={look.following}
        onClick={() => model.lookAt({ following: !look.following })}
      />
      <IconButton icon="save" label="Save as a file" shortcut="s" onClick={() => model.save()} />
      <IconButton icon="dashboard" label="Show resources" onClick={() => model.run({ what: 'resources' })} />
      <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
    </div>
  );
}

function Search({ model }: { model: OutputModel }): JSX.Element {
  const { look, matches, match, wrong } = model;
  const found =
    look.text === ''
      ? ''
      : wrong
        ? 'No expression'
        : matches.length === 0
          ? 'No match'
          : `${match + 1} of ${matches.length.toLocaleString()}`;
  return (
    <search class="find">
      <input
        id="find"
        type="text"
        class="input"
        placeholder="Find in the output"
        aria-label="Find in the output"
        aria-invalid={wrong}
        spellcheck={false}
        value={look.text}
        onInput={({ currentTarget }) => model.lookAt({ text: currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            model.step(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape') {
            event.preventDefault();
            model.lookAt({ text: '' });
            document.getElementById('lines')?.focus();
          }
        }}
      />
      <IconButton
        icon="regex"
        label="Regular expression"
        shortcut="x"
        pressed={look.regex}
        onClick={() => model.lookAt({ regex: !look.regex })}
      />
      <IconButton
        icon="filter"
        label="Only lines that match"
        shortcut="l"
        pressed={look.only}
        onClick={() => model.lookAt({ only: !look.only })}
      />
      <span class="quiet find-count" role="status">
        {found}
      </span>
      <IconButton icon="arrow-up" label="Previous match" shortcut="p" disabled={matches.length === 0} onClick={() => model.step(-1)} />
      <IconButton icon="arrow-down" label="Next match" shortcut="n" disabled={matches.length === 0} onClick={() => model.step(1)} />
    </search>
  );
}

/** Who speaks here: each can be left out, and looked into. Nothing where there is but one. */
export function SpeakerBar({ model }: { model: OutputModel }): JSX.Element | null {
  const speakers = model.speakers.value ?? [];
  if (speakers.length < 2) return null;
  const all = model.look.services.length === 0;
  return (
    <div class="toolbar speakers" role="toolbar" aria-label="Services">
      <button type="button" class="chip" aria-pressed={all} onClick={() => model.choose([])}>
        {all ? <Icon name="check" /> : null}
        All services
      </button>
      {speakers.map(({ service, stopped }) => (
        <button
          key={service}
          type="button"
          class="chip"
          aria-pressed={!all && model.isShown(service)}
          onClick={() => (all ? model.choose([service]) : model.toggle(service))}
        >
          {!all && model.isShown(service) ? <Icon name="check" /> : null}
          {stopped ? <Icon name="debug-stop" /> : null}
          <bdi>{visibleName(service)}</bdi>
          {stopped ? <span class="quiet"> stopped</span> : null}
        </button>
      ))}
    </div>
  );
}
