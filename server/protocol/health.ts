import * as z from 'zod/mini';

/**
 * How something that runs is (DESIGN §7, §8): one type for views, badges and the status item. At first it comes from container state and the
 * probes of the reconciler; monitors replace the source, not the type.
 *
 * `healthy`: answers as it should. `pending`: starting, or failed fewer times than it takes to be down. `down`: does not answer.
 * `unknown`: never looked. `unobserved`: nobody looked for a while (no hub ran, the engine is out of reach). `paused`, `maintenance`: by hand.
 */
export const healthStates = ['healthy', 'pending', 'down', 'unknown', 'unobserved', 'paused', 'maintenance'] as const;
export const healthState = z.enum(healthStates);
export type HealthState = z.output<typeof healthState>;

export const health = z.object({
  state: healthState,
  /** Milliseconds since the epoch: since when it is so, and when somebody looked last. */
  since: z.int(),
  checked: z.optional(z.int()),
  /** One sentence: why it is not healthy. */
  message: z.optional(z.string()),
});
export type Health = z.output<typeof health>;
