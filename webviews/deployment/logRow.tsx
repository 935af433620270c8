import type { JSX } from 'preact';
import { FoundText, foundIn } from '../ui/foundText.tsx';
import { Memo } from '../ui/memo.ts';
import { clockOf } from '../ui/times.ts';
import type { LogLine } from './messages.ts';

/** Longer lines are cut where they are drawn; the whole log has them whole. */
const longest = 4000;

interface Props {
  readonly line: LogLine;
  /** What is searched for. */
  readonly text: string;
  readonly current: boolean;
}

/** One line: what a container prints is text, whatever it looks like. */
export class LogRow extends Memo<Props> {
  render(): JSX.Element {
    const { line, text, current } = this.props;
    const { time, stream } = line;
    const cut = line.text.length > longest;
    const shown = cut ? line.text.slice(0, longest) : line.text;
    return (
      <div class={`log-row ${stream}${current ? ' current' : ''}`}>
        <span class="log-time">{clockOf(time)}</span>
        <span class="log-stream">{stream}</span>
        <bdi class="log-text">
          <FoundText text={shown} found={foundIn(shown, text)} />
          {cut ? <span class="quiet"> … {line.text.length - longest} characters more</span> : null}
        </bdi>
      </div>
    );
  }
}
