import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { PageSkeleton, ProblemToast, RetryButtons } from '../ui/page.tsx';
import { keyHelp, listenToDeploymentKeys } from './keys.ts';
import type { DeploymentModel } from './model.ts';
import { PlanView } from './planView.tsx';
import { RunView } from './runView.tsx';

/** The whole panel: a plan before it starts, the deployments of a run from then on. */
export function App({ model }: { model: DeploymentModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  useDrawn(model);
  useEffect(() => listenToDeploymentKeys(model, { help: () => showHelp(true) }), [model]);
  const { opening, planned } = model;
  const asked = planned === undefined ? model.loaded : model.plan;
  return (
    <main class="panel deployment-panel" aria-label="Deployment">
      <ProgressLine
        active={opening === undefined || asked.kind === 'waiting' || model.busy !== undefined}
        label={planned === undefined ? 'Reading the deployment' : 'Making the plan'}
      />
      <Content model={model} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </main>
  );
}

function Content({ model, onHelp }: { model: DeploymentModel; onHelp(): void }): JSX.Element {
  const { opening, planned } = model;
  const asked = planned === undefined ? model.loaded : model.plan;
  if (asked.kind === 'failed' && asked.value === undefined) {
    return (
      <Message icon={iconOf(asked.failure.reason)} title={asked.failure.message} detail={asked.failure.hint}>
        <RetryButtons onRetry={() => model.refresh()} onShowLog={() => model.run({ what: 'showLog' })} />
      </Message>
    );
  }
  if (opening === undefined || asked.value === undefined) return <PageSkeleton />;
  return planned === undefined ? <RunView model={model} onHelp={onHelp} /> : <PlanView model={model} wanted={planned} onHelp={onHelp} />;
}

function iconOf(reason: string): string {
  if (reason === 'docker-unavailable') return 'debug-disconnect';
  if (reason === 'untrusted') return 'shield';
  return reason === 'not-found' ? 'question' : 'warning';
}
