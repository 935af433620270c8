import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { CommitLine } from './commitLine.tsx';
import type { Plan, PlanStep, Remark, WantedPlan } from './messages.ts';
import type { DeploymentModel } from './model.ts';
import { actionWords, liveWords, planSummary } from './words.ts';

/** What a deployment would do, before it starts: in the way, to be said yes to, worth knowing, and each service with its steps. */
export function PlanView({ model, wanted, onHelp }: { model: DeploymentModel; wanted: WantedPlan; onHelp(): void }): JSX.Element | null {
  const plan = model.plan.value;
  if (plan === undefined) return null;
  const blocked = plan.blockers.length > 0;
  const waiting = model.plan.kind === 'waiting' || model.busy !== undefined;
  const nothing = plan.steps.every(({ action }) => action === 'unchanged');
  return (
    <div class="page">
      <header class="head">
        <div class="title-row">
          <h1 class="title">
            Deploy to <bdi>{visibleName(plan.environment)}</bdi>
          </h1>
          <IconButton icon="refresh" label="Make the plan again" shortcut="r" onClick={() => model.refresh()} />
          <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
        </div>
        <CommitLine model={model} commit={plan.commit} subject={plan.subject} />
        <p class="quiet facts">
          <span>
            Docker {plan.engine.version} on <bdi>{visibleName(plan.engine.name)}</bdi> (<bdi>{visibleName(plan.engine.address)}</bdi>)
          </span>
          <span>Routing: {plan.routing}</span>
          {wanted.rev === 'HEAD' ? null : (
            <span>
              Revision <bdi>{visibleName(wanted.rev)}</bdi>
            </span>
          )}
        </p>
        <div class="buttons">
          <button type="button" class="button" disabled={blocked || waiting || nothing} onClick={() => void model.start()}>
            {model.busy === 'starting' ? 'Starting…' : 'Deploy'}
          </button>
          <button type="button" class="button secondary" onClick={() => model.run({ what: 'close' })}>
            Cancel
          </button>
          <span class="quiet" role="status">
            {model.plan.kind === 'waiting' ? 'Making the plan…' : planSummary(plan)}
          </span>
        </div>
      </header>
      <Remarks model={model} plan={plan} remarks={plan.blockers} kind="blocker" label="In the way" />
      <Remarks model={model} plan={plan} remarks={plan.confirmations} kind="confirmation" label="To be said yes to" />
      <Remarks model={model} plan={plan} remarks={plan.warnings} kind="warning" label="Worth knowing" />
      <section class="card" aria-labelledby="steps-title">
        <h2 id="steps-title">What happens</h2>
        <ol class="plan-steps">
          {plan.steps.map((step) => (
            <StepCard key={step.service} step={step} />
          ))}
        </ol>
      </section>
    </div>
  );
}

interface RemarksProps {
  readonly model: DeploymentModel;
  readonly plan: Plan;
  readonly remarks: readonly Remark[];
  readonly kind: 'blocker' | 'confirmation' | 'warning';
  readonly label: string;
}

const madeOf = { container: 'Image', static: 'Files', stack: 'Services' } as const;

const remarkIcons = { blocker: 'error', confirmation: 'question', warning: 'warning' } as const;

function Remarks({ model, plan, remarks, kind, label }: RemarksProps): JSX.Element | null {
  if (remarks.length === 0) return null;
  return (
    <section class={`card remarks ${kind}`} aria-label={label}>
      <h2>{label}</h2>
      <ul>
        {remarks.map((remark) => (
          <li key={`${remark.code} ${remark.service ?? ''} ${remark.message}`} class="remark">
            <Icon name={remarkIcons[kind]} class="remark-icon" />
            <span class="remark-text">
              {remark.service === undefined ? null : <strong>{remark.service}: </strong>}
              {visibleName(remark.message)}
              {remark.hint === undefined ? null : <span class="quiet block">{visibleName(remark.hint)}</span>}
            </span>
            {remark.code === 'foreign' ? (
              <button
                type="button"
                class="button secondary small"
                onClick={() => model.run({ what: 'takeOver', environment: plan.environment })}
              >
                Take over environment…
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function StepCard({ step }: { step: PlanStep }): JSX.Element {
  const action = actionWords(step);
  return (
    <li class={`plan-step ${step.action}`}>
      <h3>
        <bdi>{visibleName(step.service)}</bdi>
        <span class="badge">
          <Icon name={action.icon} /> {action.name}
        </span>
        {step.action === 'unchanged' ? null : (
          <span class={step.zeroDowntime ? 'badge good' : 'badge bad'}>
            <Icon name={step.zeroDowntime ? 'shield' : 'warning'} /> {step.zeroDowntime ? 'No downtime' : 'With downtime'}
          </span>
        )}
      </h3>
      <p class="quiet">{liveWords(step)}</p>
      {step.downtime === undefined ? null : <p class="downtime">{visibleName(step.downtime)}</p>}
      <p>
        {madeOf[step.kind ?? 'container']}{' '}
        <code>
          <bdi>{visibleName(step.image)}</bdi>
        </code>
        {step.reuse ? <span class="quiet"> is there already</span> : null}
      </p>
      <ol class="sentences">
        {step.steps.map((sentence) => (
          <li key={sentence}>{visibleName(sentence)}</li>
        ))}
      </ol>
    </li>
  );
}
