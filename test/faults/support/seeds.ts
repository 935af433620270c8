/** How many random histories a fault test goes through: a fixed few in `npm test`, HEARTH_FAULT_SEEDS in `npm run faults`. */
export const seeds = Number(process.env['HEARTH_FAULT_SEEDS'] ?? 0);

/** The seeds to run: the fixed ones, as many as wanted, or the one of HEARTH_FAULT_SEED, to repeat it. */
export function seedsOf(fixed: number, wanted = seeds): number[] {
  const single = process.env['HEARTH_FAULT_SEED'];
  if (single !== undefined) return [Number(single)];
  return Array.from({ length: Math.max(fixed, wanted) }, (_, index) => index + 1);
}

/** How to run one seed again. */
export function repeat(file: string, seed: number): string {
  return `seed ${seed}; again: HEARTH_FAULT_SEED=${seed} npm run faults -- ${file}`;
}
