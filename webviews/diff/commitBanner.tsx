import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { EnvironmentBadges } from '../ui/badges.tsx';
import { IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { DiffModel } from './model.ts';

/** The message of the commit that is shown, above its files. */
export function CommitBanner({ model }: { model: DiffModel }): JSX.Element | null {
  const [open, setOpen] = useState(true);
  const { commit, opening } = model;
  if (opening?.pair.commit === undefined) return null;
  if (commit === undefined) return <div class="commit skeleton-block" aria-hidden="true" />;
  const [subject = '', ...rest] = commit.message.trim().split('\n');
  const body = rest.join('\n').trim();
  const date = new Date(commit.authorTime * 1000);
  return (
    <section class="commit" aria-label="Commit message">
      <div class="commit-head">
        <h2 class="commit-subject">{visibleName(subject)}</h2>
        {body === '' ? null : (
          <IconButton
            icon={open ? 'chevron-up' : 'chevron-down'}
            label={open ? 'Hide the message' : 'Show the message'}
            expanded={open}
            onClick={() => setOpen(!open)}
          />
        )}
      </div>
      {body !== '' && open ? <p class="commit-body">{body}</p> : null}
      <p class="commit-facts">
        <span title={commit.authorMail}>{visibleName(commit.author)}</span>
        <time dateTime={date.toISOString()}>{date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</time>
        <code>{commit.id.slice(0, 10)}</code>
        <IconButton icon="copy" label="Copy the commit id" onClick={() => void model.bridge.ask('copy', { text: commit.id })} />
        <EnvironmentBadges badges={model.places?.commit === commit.id ? model.places.badges : undefined} />
        {commit.parents.length > 1 ? <span>merge, against its first parent</span> : null}
      </p>
    </section>
  );
}
