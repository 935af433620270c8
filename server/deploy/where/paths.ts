import type { Service } from '../../config/hearthTypes.ts';

/** What says how every service is run. */
const always = 'hearth.yaml';

/** Globs (from the root of the repository) of what a service is made from; empty: everything. A ready image is made from `hearth.yaml` alone. */
export function pathsOf({ source, site }: Pick<Service, 'source' | 'site'>): readonly string[] {
  if (source.kind === 'image') return [always];
  // Nobody knows what a build reads.
  if (source.kind === 'commit')
    return site === undefined || site.build !== undefined || site.output === '.' ? [] : [`${site.output}/**`, always];
  const { paths, context, contexts } = source.build;
  if (paths.length > 0) return [...paths, always];
  const folders = [context, ...Object.values(contexts)].map((folder) => folder.replace(/^(?:\.\/)+|\/+$/g, ''));
  return folders.some((folder) => folder === '' || folder === '.') ? [] : [...folders.map((folder) => `${folder}/**`), always];
}

/** Whether a service made from `globs` is made from a file, too. */
export type Matches = (path: string) => boolean;

/** `*` and `?` stay within a folder, `**` does not; a folder stands for all below it. No globs match everything. */
export function matcherOf(globs: readonly string[]): Matches {
  if (globs.length === 0) return () => true;
  const patterns = globs.map((glob) => glob.replace(/^(?:\.?\/)+|\/+$/g, '').split('/'));
  return (path) => {
    const parts = path.split('/');
    return patterns.some((pattern) =>
      fits([...pattern, '**'], parts, { isStar: (each) => each === '**', one: (each, part) => fits([...each], [...part], letters) }),
    );
  };
}

/** What stands for any number of things, and what for exactly one. */
interface Wild {
  isStar(pattern: string): boolean;
  one(pattern: string, thing: string): boolean;
}

const letters: Wild = { isStar: (each) => each === '*', one: (each, letter) => each === '?' || each === letter };

/** Whether things are what a pattern says, one after the other. Only the last star is ever tried again: no name makes it slow. */
function fits(pattern: readonly string[], things: readonly string[], wild: Wild): boolean {
  let [at, place] = [0, 0];
  let star = -1;
  let from = 0;
  while (place < things.length) {
    const each = pattern[at];
    if (each !== undefined && wild.isStar(each)) {
      star = at++;
      from = place;
    } else if (each !== undefined && wild.one(each, things[place] as string)) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++from;
    } else return false;
  }
  while (at < pattern.length && wild.isStar(pattern[at] as string)) at++;
  return at === pattern.length;
}
