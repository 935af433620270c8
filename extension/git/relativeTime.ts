/** Ages as people say them. Times are seconds since the epoch; the words come from the platform, in the language of the window. */

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 weeks ago"; "now" within a minute; clocks that run ahead give "in 2 hours". `narrow` is "3w ago". */
export function relativeTime(time: number, now: number, language: string, style: Intl.RelativeTimeFormatStyle = 'long'): string {
  const age = now - time;
  const found = units.find(([, seconds]) => Math.abs(age) >= seconds);
  // `auto` says "now" for zero, but would also say "yesterday" for 30 hours and "last month" for 45 days: only zero gets it.
  if (found === undefined) return relativeFormat(language, style, 'auto').format(0, 'second');
  const [unit, seconds] = found;
  return relativeFormat(language, style, 'always').format(-Math.trunc(age / seconds), unit);
}

/** "12 Mar 2025" as the language writes it, in the window's time zone. */
export function calendarDate(time: number, language: string): string {
  return formatted(dateFormat(language, { dateStyle: 'medium' }), time);
}

/** Date and time of day. */
export function calendarTime(time: number, language: string): string {
  return formatted(dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' }), time);
}

/** A time that no calendar knows (a forged commit, somebody's archive) is shown as its number. */
function formatted(format: Intl.DateTimeFormat, time: number): string {
  return Math.abs(time) <= 8.64e12 ? format.format(time * 1000) : String(time);
}

const relativeFormats = new Map<string, Intl.RelativeTimeFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function relativeFormat(language: string, style: Intl.RelativeTimeFormatStyle, numeric: 'always' | 'auto'): Intl.RelativeTimeFormat {
  return remember(
    relativeFormats,
    `${language} ${style} ${numeric}`,
    () => new Intl.RelativeTimeFormat(known(language), { numeric, style }),
  );
}

function dateFormat(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return remember(dateFormats, `${language} ${options.timeStyle ?? ''}`, () => new Intl.DateTimeFormat(known(language), options));
}

/** Making a formatter costs a hundred times more than using it. */
function remember<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let made = cache.get(key);
  if (made === undefined) {
    made = make();
    cache.set(key, made);
  }
  return made;
}

/** A language the platform cannot read (VS Code has pseudo-locales) falls back to English. */
function known(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
