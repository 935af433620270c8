import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { IconButton, Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { PageSkeleton, ProblemToast, RetryButtons, StaleBanner } from '../ui/page.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { Builds } from './builds.tsx';
import { ContainerTable } from './containerTable.tsx';
import { DiskCard } from './diskCard.tsx';
import { keyHelp, listenToResourcesKeys } from './keys.ts';
import type { ResourcesModel } from './model.ts';
import { processors, size } from './words.ts';

/** The whole panel: what runs in an environment and what it uses, what is on disk, what was built. */
export function App({ model }: { model: ResourcesModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  useDrawn(model);
  useEffect(() => listenToResourcesKeys(model, { help: () => showHelp(true) }), [model]);
  return (
    <main class="panel resources-panel" aria-label="Resources">
      <ProgressLine active={model.rows.kind === 'waiting' || model.disk.kind === 'waiting'} label="Measuring" />
      <Content model={model} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
    </main>
  );
}

function Content({ model, onHelp }: { model: ResourcesModel; onHelp(): void }): JSX.Element {
  const { rows, opening, sum } = model;
  if (rows.kind === 'failed' && rows.value === undefined) {
    return (
      <Message
        icon={
          rows.failure.reason === 'docker-unavailable' ? 'debug-disconnect' : rows.failure.reason === 'untrusted' ? 'shield' : 'warning'
        }
        title={rows.failure.message}
        detail={rows.failure.hint}
      >
        <RetryButtons onRetry={() => model.refresh()} onShowLog={() => model.run({ what: 'showLog' })} />
      </Message>
    );
  }
  if (opening === undefined || rows.value === undefined) return <PageSkeleton />;
  return (
    <div class="page">
      {rows.kind === 'failed' ? <StaleBanner failure={rows.failure} onRetry={() => model.refresh()} /> : null}
      <header class="head">
        <div class="title-row">
          <h1 class="title">
            Resources of <bdi>{visibleName(opening.target.environment)}</bdi>
          </h1>
          <IconButton icon="refresh" label="Look again" shortcut="r" onClick={() => model.refresh()} />
          <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
        </div>
        <p class="quiet facts">
          <span>
            {sum.running} {sum.running === 1 ? 'container runs' : 'containers run'}
          </span>
          <span>{processors(sum.cpu)} in use</span>
          <span>{size(sum.memory)} of memory</span>
        </p>
      </header>
      <ContainerTable model={model} />
      <DiskCard model={model} />
      <Builds model={model} />
    </div>
  );
}
