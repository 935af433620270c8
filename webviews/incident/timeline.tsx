import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { TimelineEntry } from './messages.ts';
import type { IncidentModel } from './model.ts';

/** What happened, newest first, with the place to say what is known. */
export function Timeline({ model, timeline }: { model: IncidentModel; timeline: readonly TimelineEntry[] }): JSX.Element {
  const entries = timeline.map((entry, index) => ({ ...entry, index })).reverse();
  return (
    <section class="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        Timeline <span class="count">{timeline.length}</span>
      </h2>
      <Note model={model} />
      <ol class="rows timeline">
        {entries.map(({ index, time, actor, kind, text }) => (
          <li key={index} class={`row plain entry ${kind}`}>
            <Icon name={icons[kind]} />
            <span class="row-text">{text.split('\n').map(visibleName).join('\n')}</span>
            <span class="quiet who">
              <bdi>{visibleName(actor)}</bdi>, <time title={moment(time)}>{ago(time)}</time>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Note({ model }: { model: IncidentModel }): JSX.Element {
  return (
    <form
      class="note"
      onSubmit={(event) => {
        event.preventDefault();
        void model.addNote();
      }}
    >
      <textarea
        id="note"
        class="input"
        rows={2}
        maxLength={5000}
        aria-label="Note"
        placeholder="What is known, what was tried. It goes with the next change of state, too."
        value={model.note}
        onInput={({ currentTarget }) => model.write(currentTarget.value)}
      />
      <button type="submit" class="button secondary" disabled={model.note.trim() === '' || model.busy !== undefined}>
        Add note
      </button>
    </form>
  );
}

const icons: Readonly<Record<TimelineEntry['kind'], string>> = {
  opened: 'flame',
  state: 'arrow-right',
  acknowledged: 'person',
  note: 'comment',
  'monitor-down': 'error',
  'monitor-up': 'pass-filled',
  alert: 'bell',
  deployment: 'rocket',
  linked: 'link',
  merged: 'git-merge',
  severity: 'dashboard',
  postmortem: 'book',
};
