import type { JSX } from 'preact';
import { Memo } from '../ui/memo.ts';
import { splitHidden } from '../ui/visibleText.ts';
import type { LogLine } from './messages.ts';
import { clock } from './words.ts';

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
    return (
      <div class={`log-row ${stream}${current ? ' current' : ''}`}>
        <span class="log-time">{clock(time)}</span>
        <span class="log-stream">{stream}</span>
        <bdi class="log-text">
          {found(cut ? line.text.slice(0, longest) : line.text, text)}
          {cut ? <span class="quiet"> … {line.text.length - longest} characters more</span> : null}
        </bdi>
      </div>
    );
  }
}

/** The text with its matches marked. */
function found(text: string, wanted: string): JSX.Element[] {
  if (wanted === '') return [<Shown key={0} text={text} />];
  const parts: JSX.Element[] = [];
  const [lower, needle] = [text.toLowerCase(), wanted.toLowerCase()];
  let at = 0;
  for (let next = lower.indexOf(needle); next !== -1; next = lower.indexOf(needle, at)) {
    parts.push(<Shown key={`${at}`} text={text.slice(at, next)} />);
    at = next + needle.length;
    parts.push(
      <mark key={`${next} mark`}>
        <Shown text={text.slice(next, at)} />
      </mark>,
    );
  }
  return [...parts, <Shown key="rest" text={text.slice(at)} />];
}

function Shown({ text }: { text: string }): JSX.Element {
  return (
    <>
      {splitHidden(text).map((part, index) =>
        part.hidden ? (
          <span key={index} class="hidden-character">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </>
  );
}
