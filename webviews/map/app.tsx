import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { IconButton, Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { PageSkeleton, ProblemToast, RetryButtons, StaleBanner } from '../ui/page.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { keyHelp, listenToMapKeys } from './keys.ts';
import { MapCanvas } from './mapCanvas.tsx';
import type { MapModel } from './model.ts';
import { Side } from './side.tsx';
import { useZoom, type Zoom } from './zoom.ts';

/** The whole panel: the services of a project with what each needs, and what fails with the chosen one. */
export function App({ model }: { model: MapModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const zoom = useZoom(frame, model.drawn?.layout);
  useDrawn(model);
  useEffect(() => listenToMapKeys(model, zoom, { help: () => showHelp(true) }), [model, zoom]);
  return (
    <main class="panel map-panel" aria-label="Map of services">
      <ProgressLine active={model.loaded.kind === 'waiting'} label="Reading the services" />
      <Content model={model} zoom={zoom} frame={frame} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </main>
  );
}

interface ContentProps {
  readonly model: MapModel;
  readonly zoom: Zoom;
  readonly frame: { current: HTMLDivElement | null };
  onHelp(): void;
}

function Content({ model, zoom, frame, onHelp }: ContentProps): JSX.Element {
  const { loaded, drawn } = model;
  if (loaded.kind === 'failed' && loaded.value === undefined) {
    return (
      <Message icon="warning" title={loaded.failure.message} detail={loaded.failure.hint}>
        <RetryButtons onRetry={() => model.refresh()} onShowLog={() => model.run({ what: 'showLog' })} />
      </Message>
    );
  }
  if (drawn === undefined) return <PageSkeleton />;
  if (model.services.length === 0) {
    return (
      <Message
        icon="type-hierarchy"
        title="There is no service yet."
        detail="Services come from hearth.yaml when it is applied, or are added by hand."
      >
        <button type="button" class="button secondary" onClick={() => model.run({ what: 'configuration' })}>
          Open hearth.yaml
        </button>
      </Message>
    );
  }
  return (
    <>
      <Toolbar model={model} zoom={zoom} onHelp={onHelp} />
      {loaded.kind === 'failed' ? <StaleBanner failure={loaded.failure} onRetry={() => model.refresh()} /> : null}
      <div class="columns">
        <MapCanvas model={model} drawn={drawn} scale={zoom.scale} frame={frame} />
        <Side model={model} />
      </div>
    </>
  );
}

function Toolbar({ model, zoom, onHelp }: { model: MapModel; zoom: Zoom; onHelp(): void }): JSX.Element {
  const { environments, found } = model;
  return (
    <div class="toolbar" role="toolbar" aria-label="Map">
      <search class="find">
        <input
          id="find"
          type="search"
          class="input"
          placeholder="Find a service"
          aria-label="Find a service by name, owner or type"
          spellcheck={false}
          value={model.text}
          onInput={({ currentTarget }) => model.find(currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = found ?? [];
            if (event.key !== 'Enter' || first === undefined) return;
            event.preventDefault();
            model.choose(first);
            document.getElementById(`service-${first}`)?.focus();
          }}
        />
        <span class="quiet" role="status">
          {found === undefined ? '' : found.size === 0 ? 'No such service' : `${found.size} found`}
        </span>
      </search>
      {environments.length === 0 ? null : (
        <label class="environment-choice">
          <span>Health in</span>
          <select
            class="select"
            value={model.environment ?? ''}
            onChange={({ currentTarget }) => model.look(currentTarget.value === '' ? undefined : currentTarget.value)}
          >
            <option value="">all environments</option>
            {environments.map((name) => (
              <option key={name} value={name}>
                {visibleName(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class="gap" />
      <IconButton icon="zoom-out" label="Smaller" shortcut="-" onClick={() => zoom.by(0.8)} />
      <IconButton icon="zoom-in" label="Larger" shortcut="+" onClick={() => zoom.by(1.25)} />
      <IconButton icon="screen-full" label="All of it" shortcut="0" onClick={() => zoom.fit()} />
      <span class="separator" />
      <IconButton icon="refresh" label="Refresh" shortcut="r" onClick={() => model.refresh()} />
      <IconButton icon="keyboard" label="Keys" shortcut="?" onClick={onHelp} />
    </div>
  );
}
