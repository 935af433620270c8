/**
 * Takes what git prints with `-z` apart as it comes. The tokens are latin1 strings: one character for each byte, which keeps names that
 * are not UTF-8 and is the fastest way to a string.
 */
export class NulTokens {
  #rest = '';

  /** The tokens that this chunk completes. */
  push(chunk: Buffer): string[] {
    // With its bounds given, Buffer takes the shorter way.
    const tokens = (this.#rest + chunk.toString('latin1', 0, chunk.length)).split('\0');
    this.#rest = tokens.pop() ?? '';
    return tokens;
  }
}
