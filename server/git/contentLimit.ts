import { Failure } from '../rpc/failure.ts';

/** Larger contents are refused: an editor does not open them, and a message that size would stop everything else. */
export const contentLimit = 50 * 1024 * 1024;

export function tooLarge(size: number): Failure {
  return new Failure(
    'too-large',
    `This file has ${Math.round(size / 1024 / 1024)} MB; Hearth shows files up to ${contentLimit / 1024 / 1024} MB.`,
    {
      hint: 'Open it with `git show` in a terminal.',
    },
  );
}
