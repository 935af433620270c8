import type { Feature, Shell } from '../shell.ts';

/** The git domain's parts of the shell, in the order they are made. */
export function gitFeatures(_shell: Shell): Feature[] {
  return [];
}
