import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { EntryForm } from './entryForm.tsx';
import type { Fix, Item, MergeHow, Plan, Precondition } from './messages.ts';
import type { ItemModel } from './model.ts';
import { fixWords, howNames, inOrder, mark, planSummary } from './words.ts';

/** The plan of Merge & Complete: what is fulfilled, what is in the way, and what helps. Of a done item: how it got in. */
export function PlanSection({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  return (
    <section class="card" aria-labelledby="plan">
      <h2 id="plan" tabIndex={-1}>
        Merge & Complete
      </h2>
      {item.state === 'done' || item.state === 'canceled' ? <Closed model={model} item={item} /> : <Open model={model} />}
    </section>
  );
}

function Closed({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const { merged } = item;
  if (item.state === 'canceled') return <p class="quiet">This item was canceled.</p>;
  if (merged === null) return <p class="quiet">Done without a merge.</p>;
  const { commit } = merged;
  return (
    <p>
      Merged into <code>{visibleName(merged.into)}</code>{' '}
      {merged.how === 'elsewhere' ? 'outside Hearth' : howNames[merged.how].toLowerCase()}, {moment(merged.time)}
      {commit === undefined ? null : (
        <button type="button" class="link" onClick={() => model.openCommit(commit)}>
          {commit.slice(0, 7)}
        </button>
      )}
    </p>
  );
}

function Open({ model }: { model: ItemModel }): JSX.Element {
  const { plan } = model;
  const value = plan.kind === 'failed' ? undefined : plan.value;
  return (
    <>
      <Preconditions model={model} />
      {/* It stays while there is no plan for a moment: somebody writes in it. */}
      {model.entryOpen ? <EntryForm model={model} /> : null}
      {value === undefined ? null : <Conflicts plan={value} />}
      {value === undefined ? null : <Choices model={model} plan={value} />}
    </>
  );
}

function Preconditions({ model }: { model: ItemModel }): JSX.Element {
  const { plan } = model;
  if (plan.kind === 'failed') {
    return (
      <p class="field-problem" role="status">
        <Icon name="warning" /> {plan.failure.message} {plan.failure.hint}
      </p>
    );
  }
  if (plan.value === undefined) return <div class="skeleton" aria-hidden="true" />;
  const { value } = plan;
  return (
    <>
      <p class="quiet">{planSummary(value)}</p>
      <ul class="plan">
        {inOrder(value.preconditions).map((each) => (
          <Row key={each.id} model={model} precondition={each} />
        ))}
      </ul>
    </>
  );
}

function Row({ model, precondition: { state, text, fix } }: { model: ItemModel; precondition: Precondition }): JSX.Element {
  const { icon, word } = mark(state);
  const words = fix === undefined ? undefined : fixWords(fix);
  return (
    <li class={`condition ${state}`}>
      <Icon name={icon} class="condition-icon" />
      <span class="condition-text">
        <span class="visually-hidden">{word}: </span>
        {text}
        {words !== undefined && 'hint' in words ? <span class="quiet block">{words.hint}</span> : null}
      </span>
      {words !== undefined && 'button' in words && fix !== undefined ? (
        <button type="button" class="button secondary small" onClick={() => repair(model, fix)}>
          {words.button}
        </button>
      ) : null}
    </li>
  );
}

function repair(model: ItemModel, fix: Fix): void {
  if (fix === 'write-notes') goTo('notes');
  else if (fix === 'finish-checklist') goTo('checklist');
  else if (fix === 'choose-target') goTo('target');
  else if (fix === 'add-entry') model.openEntry(true);
  else if (fix === 'commit') model.run('commit');
  else if (fix === 'resolve') model.run('showChanges');
  else if (fix === 'start') model.run('start');
  else if (fix === 'resume') model.run('finish');
}

function goTo(id: string): void {
  const element = document.getElementById(id);
  element?.scrollIntoView({ block: 'center' });
  element?.focus();
}

function Conflicts({ plan: { prediction } }: { plan: Plan }): JSX.Element | null {
  if (prediction === undefined || prediction.clean || prediction.conflicts.length === 0) return null;
  return (
    <ul class="conflict-files" aria-label="Files that would be in conflict">
      {prediction.conflicts.map(({ path, kind }) => (
        <li key={`${path} ${kind}`}>
          <code>{visibleName(path)}</code> <span class="quiet">{kind}</span>
        </li>
      ))}
    </ul>
  );
}

/** Target and way of the merge, where there is a choice. */
function Choices({ model, plan }: { model: ItemModel; plan: Plan }): JSX.Element | null {
  if (plan.source === undefined || plan.targets.length === 0) return null;
  // What was chosen shows at once, before there is a plan for it.
  const target = model.wishes.into ?? plan.target?.branch ?? '';
  const how = model.wishes.how ?? plan.how;
  const targets = plan.targets.includes(target) || target === '' ? plan.targets : [target, ...plan.targets];
  return (
    <div class="choices">
      <label>
        <span>Into</span>
        <select id="target" class="select" value={target} onChange={({ currentTarget }) => model.wish({ into: currentTarget.value })}>
          {target === '' ? <option value="">Choose…</option> : null}
          {targets.map((branch) => (
            <option key={branch} value={branch}>
              {visibleName(branch)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>How</span>
        <select class="select" value={how} onChange={({ currentTarget }) => model.wish({ how: currentTarget.value as MergeHow })}>
          {(Object.keys(howNames) as MergeHow[]).map((each) => (
            <option key={each} value={each} disabled={!plan.possible.includes(each) && each !== how}>
              {howNames[each]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
