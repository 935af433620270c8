const units = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `1m30s`, `1.5h`, `0` in milliseconds; undefined for anything else. */
export function durationOf(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 40 || !/^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h|d|w))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)([a-zµμ]+)/g);
  return [...parts].reduce((total, [, count, unit]) => total + Number(count) * (units[unit as keyof typeof units] ?? 0), 0);
}

/** `512m`, `1.5gb`, `64KiB`, `1024` in bytes; a unit is 1024 times the one before. `-1` is none, like anything else. */
export function sizeOf(text: string): number | undefined {
  const [, count, unit = ''] = text.match(/^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?)?b?$/i) ?? [];
  if (count === undefined) return undefined;
  return Math.floor(Number(count) * 1024 ** (unit === '' ? 0 : 'kmgtp'.indexOf(unit.toLowerCase()) + 1));
}

/** A text as a shell splits it: blanks, quotes and backslashes; undefined where a quote is not closed. Nothing is filled in. */
export function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote === "'") {
      if (character === "'") quote = '';
      else word += character;
    } else if (character === '\\' && !(quote === '"' && !/["\\$`\n]/.test(text[at + 1] ?? ''))) {
      at++;
      if (text[at] !== '\n') word = (word ?? '') + (text[at] ?? '');
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
