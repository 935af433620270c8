import type { JSX } from 'preact';
import { useEffect, useReducer } from 'preact/hooks';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { DeploymentDetail } from './messages.ts';
import { phaseName, type Step, type StepState, stepsOf } from './phases.ts';
import { duration } from './words.ts';

const marks: Readonly<Record<StepState, { readonly icon: string; readonly word: string }>> = {
  done: { icon: 'pass-filled', word: 'done' },
  current: { icon: 'loading', word: 'now' },
  skipped: { icon: 'dash', word: 'not needed' },
  stopped: { icon: 'error', word: 'ended here' },
  ahead: { icon: 'circle-large-outline', word: 'to come' },
  never: { icon: 'circle-large-outline', word: 'not reached' },
};

/** The phases from left to right with the time each took; the present one says what it does. */
export function PhaseLine({ detail }: { detail: DeploymentDetail }): JSX.Element {
  const running = detail.ended === null;
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick(0), 500);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <ol class="phases" aria-label="Phases">
      {stepsOf(detail, Date.now()).map((step) => (
        <PhaseStep key={step.phase} step={step} progress={step.state === 'current' ? detail.progress : null} />
      ))}
    </ol>
  );
}

function PhaseStep({ step: { phase, state, milliseconds }, progress }: { step: Step; progress: string | null }): JSX.Element {
  const { icon, word } = marks[state];
  return (
    <li class={`phase ${state} ${phase}`} aria-current={state === 'current' ? 'step' : undefined}>
      <span class="phase-mark">
        <Icon name={icon} class={state === 'current' ? 'codicon-modifier-spin' : ''} />
      </span>
      <span class="phase-name">{phaseName(phase)}</span>
      <span class="visually-hidden">, {word}</span>
      <span class="phase-time">{milliseconds === undefined ? '' : duration(milliseconds)}</span>
      {progress === null ? null : <span class="phase-progress">{visibleName(progress)}</span>}
    </li>
  );
}
