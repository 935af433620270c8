import type { JSX } from 'preact';
import { splitHidden } from './visibleText.ts';

/** Where something was found in a text: from, to. */
export type Found = readonly (readonly [from: number, to: number])[];

/** Where `wanted` stands in a text, without regard to case. */
export function foundIn(text: string, wanted: string): Found {
  if (wanted === '') return [];
  const [lower, needle] = [text.toLowerCase(), wanted.toLowerCase()];
  const found: [number, number][] = [];
  for (let next = lower.indexOf(needle); next !== -1; next = lower.indexOf(needle, next + needle.length)) {
    found.push([next, next + needle.length]);
  }
  return found;
}

/** A text with what was found in it marked; hidden characters by name. What a container prints is text, whatever it looks like. */
export function FoundText({ text, found }: { text: string; found: Found }): JSX.Element {
  let at = 0;
  const parts = found.flatMap(([from, to]) => {
    const before = text.slice(at, from);
    at = to;
    return [
      <Shown key={`${from}`} text={before} />,
      <mark key={`${from} mark`}>
        <Shown text={text.slice(from, to)} />
      </mark>,
    ];
  });
  return (
    <>
      {parts}
      <Shown text={text.slice(at)} />
    </>
  );
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
