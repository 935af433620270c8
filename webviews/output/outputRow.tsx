import type { JSX } from 'preact';
import { FoundText } from '../ui/foundText.tsx';
import { Memo } from '../ui/memo.ts';
import { clockOf } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { HeldLine } from './lines.ts';
import { matchesIn } from './outputText.ts';

/** Longer lines are cut where they are drawn; a saved file has them whole. */
const longest = 4000;

interface Props {
  readonly line: HeldLine;
  /** The service, with a number where several containers of it speak. */
  readonly label: string;
  readonly pattern: RegExp | undefined;
  readonly current: boolean;
}

/** One line of a container. */
export class OutputRow extends Memo<Props> {
  render(): JSX.Element {
    const { line, label, pattern, current } = this.props;
    const { time, container, stream } = line;
    const cut = line.text.length > longest;
    const shown = cut ? line.text.slice(0, longest) : line.text;
    return (
      <div class={`log-row ${stream}${current ? ' current' : ''}`}>
        <span class="log-time" title={new Date(time).toISOString()}>
          {clockOf(time)}
        </span>
        <span class="log-stream speaker" title={visibleName(container)}>
          <bdi>{visibleName(label)}</bdi>
        </span>
        <span class="log-mark">{stream === 'stderr' ? '!' : ''}</span>
        {stream === 'stderr' ? <span class="visually-hidden">error output: </span> : null}
        <bdi class="log-text">
          <FoundText text={shown} found={matchesIn(shown, pattern)} />
          {cut || line.cut === true ? <span class="quiet"> … cut</span> : null}
        </bdi>
      </div>
    );
  }
}
