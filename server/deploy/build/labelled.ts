import { quote } from '../engine/quote.ts';
import type { Labels } from '../engine/types.ts';

/**
 * A Dockerfile that also gives its image labels: one instruction at the end of the stage that is built, where the classic builder would make a
 * step of each. Undefined where that cannot be done by lines: then the builder must be told the labels.
 */
export function labelled(text: string, target: string | undefined, labels: Labels): string | undefined {
  const words = Object.entries(labels).map(([key, value]) => `${quote(key)}=${quote(value)}`);
  if (words.length === 0 || words.some((word) => /[\r\n\0]/.test(word)) || /^\s*#\s*escape\s*=/im.test(text)) return undefined;
  const lines = text.split(/\r?\n/);
  const stages = stagesOf(lines);
  const wanted =
    target === undefined
      ? stages.length - 1
      : stages.findLastIndex(({ name }, index) => name === target.toLowerCase() || String(index) === target);
  if (wanted < 0) return undefined;
  const end = stages[wanted + 1]?.line ?? lines.length;
  const last = lines.slice(0, end).findLast((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  if (last === undefined || /\\\s*$/.test(last)) return undefined;
  return [...lines.slice(0, end), `LABEL ${words.join(' ')}`, ...lines.slice(end)].join('\n');
}

/** Each `FROM`, with the name after `AS`; `line` from 0. */
function stagesOf(lines: readonly string[]): { line: number; name: string | undefined }[] {
  const found: { line: number; name: string | undefined }[] = [];
  let continues = false;
  for (const [line, text] of lines.entries()) {
    if (text.trim() === '' || text.trim().startsWith('#')) continue;
    if (!continues && /^\s*FROM\s/i.test(text)) found.push({ line, name: /\sAS\s+(\S+)\s*$/i.exec(text)?.[1]?.toLowerCase() });
    continues = /\\\s*$/.test(text);
  }
  return found;
}
