/** After so many attempts a message is given up. */
export const mostAttempts = 12;
const shortest = 1000;
const longest = 3_600_000;
/** What another side asks for is obeyed up to here. */
export const longestAsked = 86_400_000;

/**
 * How long to wait after an attempt (the first is 1), in milliseconds: 1 s, doubled each time up to an hour, by a fifth more or less, and never
 * less than the other side asked for. `random` is in [0, 1).
 */
export function pauseAfter(attempt: number, asked: number | undefined, random: number): number {
  const usual = Math.min(shortest * 2 ** (attempt - 1), longest);
  const spread = Math.round(usual * (0.8 + 0.4 * random));
  return asked === undefined ? spread : Math.max(spread, Math.min(asked, longestAsked));
}

/** How many failures in a row open a breaker. */
export const mostFailures = 5;
const firstRest = 60_000;

/** How long a channel rests after that many failures in a row, in milliseconds: a minute, doubled each time up to an hour. 0: it does not. */
export function restAfter(failures: number): number {
  return failures < mostFailures ? 0 : Math.min(firstRest * 2 ** (failures - mostFailures), longest);
}
