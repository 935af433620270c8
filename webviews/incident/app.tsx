import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { PageSkeleton, ProblemToast, RetryButtons, StaleBanner } from '../ui/page.tsx';
import { Facts, Monitors, Postmortem } from './facts.tsx';
import { Head } from './head.tsx';
import { keyHelp, listenToIncidentKeys } from './keys.ts';
import type { IncidentModel } from './model.ts';
import { Suspects } from './suspects.tsx';
import { Timeline } from './timeline.tsx';

/** The whole panel: how far it is, which commits may be why, what happened. */
export function App({ model }: { model: IncidentModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  useDrawn(model);
  useEffect(() => listenToIncidentKeys(model, { help: () => showHelp(true) }), [model]);
  return (
    <main class="panel incident-panel" aria-label="Incident">
      <ProgressLine active={model.loaded.kind === 'waiting' || model.busy !== undefined} label="Reading the incident" />
      <Content model={model} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </main>
  );
}

function Content({ model, onHelp }: { model: IncidentModel; onHelp(): void }): JSX.Element {
  const { loaded } = model;
  if (loaded.kind === 'failed' && loaded.value === undefined) {
    return (
      <Message
        icon={loaded.failure.reason === 'not-found' ? 'question' : 'warning'}
        title={loaded.failure.message}
        detail={loaded.failure.hint}
      >
        <RetryButtons onRetry={() => model.refresh()} onShowLog={() => model.run({ what: 'showLog' })} />
      </Message>
    );
  }
  if (loaded.value === undefined) return <PageSkeleton />;
  const { incident, timeline } = loaded.value;
  return (
    <div class="page">
      {loaded.kind === 'failed' ? <StaleBanner failure={loaded.failure} onRetry={() => model.refresh()} /> : null}
      <Head model={model} incident={incident} onHelp={onHelp} />
      <div class="incident-columns">
        <div>
          <Suspects model={model} />
          <Timeline model={model} timeline={timeline} />
        </div>
        <div>
          <Facts model={model} incident={incident} />
          <Monitors model={model} incident={incident} />
          <Postmortem model={model} incident={incident} />
        </div>
      </div>
    </div>
  );
}
