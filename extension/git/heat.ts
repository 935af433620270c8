/** How warm a line is by its age: five warm steps up to the threshold, five cold ones beyond it, each twice as long as the one before. */

export const heatSteps = 10;
const day = 86_400;

/** Step 0 (fresh) to 9 (oldest). `threshold` in days; times in seconds since the epoch. */
export function heatOf(time: number, now: number, threshold: number): number {
  const age = Math.max(0, now - time) / (Math.max(1, threshold) * day);
  if (age < 1) return Math.floor(age * 5);
  return Math.min(heatSteps - 1, 5 + Math.floor(Math.log2(age)));
}

/** Colour contributed by the manifest for a step; undefined stands for lines without a commit. */
export function heatColour(step: number | undefined): string {
  if (step === undefined) return 'hearth.git.blameUncommitted';
  return `hearth.git.heat${step}`;
}
