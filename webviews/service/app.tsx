import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { PageSkeleton, ProblemToast, RetryButtons, StaleBanner } from '../ui/page.tsx';
import { Head } from './head.tsx';
import { Incidents } from './incidents.tsx';
import { keyHelp, listenToServiceKeys } from './keys.ts';
import type { ServiceModel } from './model.ts';
import { MonitorDetail } from './monitorDetail.tsx';
import { MonitorList } from './monitorList.tsx';
import { Dependencies, Environments, Facts } from './relations.tsx';

/** The whole panel: the service, its monitors with the chosen one in full, what it needs and what needs it. */
export function App({ model }: { model: ServiceModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  useDrawn(model);
  useEffect(() => listenToServiceKeys(model, { help: () => showHelp(true) }), [model]);
  return (
    <main class="panel service-panel" aria-label="Service">
      <ProgressLine active={model.loaded.kind === 'waiting' || model.busy !== undefined} label="Reading the service" />
      <Content model={model} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </main>
  );
}

function Content({ model, onHelp }: { model: ServiceModel; onHelp(): void }): JSX.Element {
  const { loaded } = model;
  const { value } = loaded;
  // For the bench: the page is there when what was asked for is painted.
  useLayoutEffect(() => {
    if (value !== undefined) performance.mark('hearth:shown');
  }, [value === undefined]);
  if (loaded.kind === 'failed' && value === undefined) {
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
  if (value === undefined) return <PageSkeleton />;
  return (
    <div class="page">
      {loaded.kind === 'failed' ? <StaleBanner failure={loaded.failure} onRetry={() => model.refresh()} /> : null}
      <Head model={model} loaded={value} onHelp={onHelp} />
      <div class="service-columns">
        <div>
          <MonitorList model={model} loaded={value} />
          <MonitorDetail model={model} loaded={value} />
        </div>
        <div>
          <Incidents model={model} incidents={value.incidents} />
          {value.service === null ? null : (
            <>
              <Environments model={model} service={value.service} />
              <Dependencies model={model} service={value.service} />
              <Facts model={model} service={value.service} />
            </>
          )}
        </div>
      </div>
    </div>
  );
}
