/**
 * Makes the sample repository "shop" in `folder` (created, must be empty or absent). Same commit ids every time; needs only git ≥ 2.38.
 * Leaves one modified, one staged and one untracked file in the working tree, and a stash.
 */
export function createSample(folder: string): Promise<void>;
