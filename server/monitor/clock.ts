/** Time, as monitoring sees it; tests hold it in their hand. */
export interface Clock {
  /** Milliseconds since the epoch; jumps when somebody sets it. */
  wall(): number;
  /** Milliseconds since whenever; never goes back. */
  monotonic(): number;
  /** Calls once after so many milliseconds; returns the way to stop it. */
  timer(milliseconds: number, run: () => void): () => void;
}

/** A timer of Node holds no more than 2^31 - 1 milliseconds. */
const longestTimer = 2_147_483_647;

export const realClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  timer: (milliseconds, run) => {
    const timer = setTimeout(run, Math.min(Math.max(milliseconds, 0), longestTimer));
    return () => clearTimeout(timer);
  },
};
