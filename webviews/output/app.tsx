import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon, Message, ProgressLine } from '../ui/components.tsx';
import { useDrawn } from '../ui/drawn.ts';
import { HelpDialog } from '../ui/helpDialog.tsx';
import { LineList } from '../ui/lineList.tsx';
import { ProblemToast, RetryButtons } from '../ui/page.tsx';
import { keyHelp, listenToOutputKeys } from './keys.ts';
import type { OutputModel } from './model.ts';
import { OutputRow } from './outputRow.tsx';
import { OutputBar, SpeakerBar } from './toolbar.tsx';

/** The whole panel: what the containers of an environment say, as it comes. */
export function App({ model }: { model: OutputModel }): JSX.Element {
  const [help, showHelp] = useState(false);
  useDrawn(model);
  useEffect(() => listenToOutputKeys(model, { help: () => showHelp(true) }), [model]);
  return (
    <main class="panel output-panel" aria-label="Container output">
      <ProgressLine active={model.loading && model.total === 0} label="Reading the output" />
      <Content model={model} onHelp={() => showHelp(true)} />
      {model.problem === undefined ? null : <ProblemToast problem={model.problem} onDismiss={() => model.dismiss()} />}
      {help ? <HelpDialog keys={keyHelp} onClose={() => showHelp(false)} /> : null}
    </main>
  );
}

function Content({ model, onHelp }: { model: OutputModel; onHelp(): void }): JSX.Element {
  const { failure, total, look, shown, speakers } = model;
  if (failure !== undefined && total === 0) {
    return (
      <Message icon={iconOf(failure.reason)} title={failure.message} detail={failure.hint}>
        <RetryButtons onRetry={() => model.again()} onShowLog={() => model.run({ what: 'showLog' })} />
      </Message>
    );
  }
  if (speakers.value?.length === 0 && total === 0) {
    return (
      <Message
        icon="output"
        title={`Nothing in ${model.opening?.target.environment ?? 'this environment'} has containers.`}
        detail="What a service prints shows here as soon as one is live."
      />
    );
  }
  const current = model.matches[model.match];
  return (
    <div class="log">
      <OutputBar model={model} onHelp={onHelp} />
      <SpeakerBar model={model} />
      <Notice model={model} />
      <LineList
        id="lines"
        count={shown.length}
        following={look.following}
        current={current}
        of={`${look.text} ${look.regex} ${look.services.join()} ${look.stream}`}
        empty={emptyWords(model)}
        row={(index) => {
          const line = shown[index] as (typeof shown)[number];
          return <OutputRow key={line.n} line={line} label={model.labelOf(line)} pattern={model.pattern} current={index === current} />;
        }}
        onFollow={(following) => model.lookAt({ following })}
      />
    </div>
  );
}

/** What is not shown, and why. */
function Notice({ model: { failure, dropped, forgotten } }: { model: OutputModel }): JSX.Element | null {
  const words = [
    failure === undefined ? '' : `${failure.message} ${failure.hint ?? ''}`,
    dropped === 0 ? '' : `${dropped.toLocaleString()} lines came faster than they could be read, and were left out. Saving has them.`,
    forgotten === 0 ? '' : 'Only the last 50,000 lines are held here. Saving has the earlier ones.',
  ].filter((each) => each !== '');
  if (words.length === 0) return null;
  return (
    <p class="notice" role="status">
      <Icon name={failure === undefined ? 'info' : 'debug-disconnect'} /> {words.join(' ')}
    </p>
  );
}

function iconOf(reason: string): string {
  if (reason === 'docker-unavailable') return 'debug-disconnect';
  return reason === 'untrusted' ? 'shield' : 'warning';
}

function emptyWords({ loading, look, wrong, speakers }: OutputModel): string {
  if (wrong && look.only) return 'The search is no regular expression yet.';
  const chosen = speakers.value?.filter(({ service }) => look.services.length === 0 || look.services.includes(service)) ?? [];
  if (chosen.length > 0 && chosen.every(({ stopped }) => stopped)) return 'It was stopped on purpose, and has said nothing that is kept.';
  if (look.only && look.text !== '') return loading ? 'Nothing matches so far.' : 'Nothing matches.';
  return loading ? 'Nothing was said yet.' : 'It has said nothing.';
}
