const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields = [
  { name: 'minute', from: 0, to: 59, words: [] },
  { name: 'hour', from: 0, to: 23, words: [] },
  { name: 'day of the month', from: 1, to: 31, words: [] },
  { name: 'month', from: 1, to: 12, words: months },
  { name: 'day of the week', from: 0, to: 7, words: days },
] as const;

/** What is wrong with five fields of cron (`30 3 * * mon-fri`), in a sentence; undefined when nothing is. */
export function cronProblem(text: string): string | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `A time of cron has five fields (minute, hour, day of the month, month, day of the week), such as \`0 3 * * *\`; here ${parts.length === 1 ? 'is 1' : `are ${parts.length}`}.`;
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? '';
    if (!part.split(',').every((each) => fits(each, field)))
      return `The ${field.name} of a cron time is ${field.from} to ${field.to}, \`*\`, \`*/5\`, \`a-b\` or several with commas${field.words.length === 0 ? '' : `, also ${field.words[0]} to ${field.words.at(-1)}`}.`;
  }
  return undefined;
}

function fits(part: string, field: (typeof fields)[number]): boolean {
  const [, range = '', step] = part.match(/^([^/]+)(?:\/(\d{1,3}))?$/) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) return false;
  if (range === '*') return true;
  const ends = range.split('-');
  const [from = Number.NaN, to = from] = ends.map((each) => numberOf(each, field));
  // `5/10` has no end: what it means differs between programs.
  if (ends.length === 1 && step !== undefined) return false;
  return ends.length <= 2 && from >= field.from && to <= field.to && from <= to;
}

function numberOf(text: string, { words, from }: (typeof fields)[number]): number {
  const word = (words as readonly string[]).indexOf(text.toLowerCase());
  if (word >= 0) return word + from;
  return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
}
