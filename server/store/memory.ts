import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Gives back memory that nothing refers to. The database is one array that is replaced by a larger one as it grows; V8 lets several old
 * ones lie around, each as large as the state, and an export makes one more.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('globalThis.gc');
    setFlagsFromString('--no-expose-gc');
    collect = typeof found === 'function' ? (found as () => void) : () => {};
  }
  collect();
}
