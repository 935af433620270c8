import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { DraftLine } from './draftField.tsx';
import type { Item, Plan } from './messages.ts';
import type { ItemModel } from './model.ts';
import { typeNames } from './words.ts';

/** Type, assignee, due date, tags, change entry. */
export function Details({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <div class="details">
        <label for="type">Type</label>
        <select
          id="type"
          class="select"
          value={model.chosen('type', item.type)}
          onChange={({ currentTarget }) => void model.choose('type', currentTarget.value as Item['type'])}
        >
          {typeNames.map(([type, name]) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </select>
        <span>Assignee</span>
        <div>
          <DraftLine model={model} field="assignee" stored={item.assignee ?? ''} label="Assignee" class="boxed" placeholder="Nobody" />
        </div>
        <label for="due">Due</label>
        <input
          id="due"
          type="date"
          class="input"
          value={model.chosen('due', item.due) ?? ''}
          onChange={({ currentTarget }) => void model.choose('due', currentTarget.value === '' ? null : currentTarget.value)}
        />
        <span>Tags</span>
        <Tags model={model} item={item} />
        <Entry model={model} plan={model.plan.value} item={item} />
        <span>Changed</span>
        <time dateTime={new Date(item.updated).toISOString()} title={moment(item.updated)}>
          {ago(item.updated)}
        </time>
      </div>
    </section>
  );
}

function Tags({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  return (
    <div class="tags">
      {item.tags.map((tag) => (
        <span key={tag} class="tag">
          <bdi>{visibleName(tag)}</bdi>
          <button
            type="button"
            class="tag-remove"
            aria-label={`Remove the tag ${visibleName(tag)}`}
            onClick={() => void model.edit({ tags: { add: [], remove: [tag] } })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <input
        class="input tag-input"
        aria-label="Add a tag"
        placeholder="Add a tag"
        value={model.drafts.text('newTag')}
        onInput={({ currentTarget }) => model.drafts.type('newTag', '', currentTarget.value)}
        onBlur={() => void model.addTags()}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.isComposing) void model.addTags();
          if (event.key === 'Escape') model.drafts.revert('newTag');
        }}
      />
    </div>
  );
}

function entryWords(state: Plan['entry']['state']): { icon: string; text: string } {
  switch (state) {
    case 'present':
      return { icon: 'pass-filled', text: 'written' };
    case 'none-needed':
      return { icon: 'pass-filled', text: 'none needed' };
    case 'not-required':
      return { icon: 'circle-slash', text: 'not required' };
    case 'missing':
      return { icon: 'error', text: 'missing' };
    case 'broken':
      return { icon: 'error', text: 'cannot be read' };
  }
}

function Entry({ model, plan, item }: { model: ItemModel; plan: Plan | undefined; item: Item }): JSX.Element | null {
  if (plan === undefined || item.state === 'done' || item.state === 'canceled') return null;
  const { icon, text } = entryWords(plan.entry.state);
  return (
    <>
      <span>Change entry</span>
      <div>
        <span class="with-icon" title={plan.entry.path}>
          <Icon name={icon} /> {text}
        </span>
        {item.branch === null ? null : (
          <button type="button" class="link" onClick={() => model.openEntry(true)}>
            Add…
          </button>
        )}
        {plan.entry.problems.map((problem) => (
          <p key={problem} class="field-problem">
            {problem}
          </p>
        ))}
      </div>
    </>
  );
}
