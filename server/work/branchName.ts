import type { ItemType } from '../protocol/work.ts';
import { prefixOf } from '../protocol/workFlow.ts';

/** Longest slug, in code points: a ref is a file, and git adds `.lock` to its name. */
const longest = 50;

/**
 * A title as a part of a branch name: lower case, Latin letters without accents, letters and digits of every script, everything else one
 * hyphen. At most 50 code points, cut between words where there is one to cut at. Empty when nothing is left (a title of emoji).
 */
export function slugOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})[\u0300-\u036f]+/gu, '$1')
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC');
  // A mark stays with its letter: vowels of many scripts are marks.
  const words = plain.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];
  return cutAtWord(words.join('-'));
}

function cutAtWord(text: string): string {
  const points = [...text];
  if (points.length <= longest) return text;
  const cut = points.slice(0, longest + 1).join('');
  const hyphen = cut.lastIndexOf('-');
  // One word that is longer than half of what fits is cut inside.
  return [...cut.slice(0, hyphen)].length >= longest / 2 ? cut.slice(0, hyphen) : points.slice(0, longest).join('');
}

interface NameParts {
  readonly id: number;
  readonly type: ItemType;
  readonly title: string;
  /** Who works here, as git knows them. */
  readonly user: string;
}

/** The branch of an item by the template of the repository: `work/{id}-{slug}` gives `work/12-faster-login`. */
export function branchNameOf(template: string, { id, type, title, user }: NameParts): string {
  const values: Record<string, string> = { id: String(id), type, prefix: prefixOf[type], slug: slugOf(title), user: slugOf(user) };
  let name = template;
  for (const [key, value] of Object.entries(values)) {
    // An empty part takes the sign that joins it along.
    name = value === '' ? withoutPart(name, `{${key}}`) : name.replaceAll(`{${key}}`, value);
  }
  const parts = name.split('/').filter((part) => part !== '');
  return parts.length === 0 ? `work/${id}` : parts.join('/');
}

function withoutPart(template: string, part: string): string {
  const escaped = part.replace(/[{}]/g, '\\$&');
  return template.replace(new RegExp(`[-_.]${escaped}`, 'g'), '').replace(new RegExp(`${escaped}[-_.]?`, 'g'), '');
}

type FreeName = { readonly kind: 'free'; readonly branch: string } | { readonly kind: 'blocked'; readonly by: string };

/** The name, or the first of `name-2`, `name-3` … that no branch has; blocked when a branch stands where the name needs a folder. */
export function freeBranch(name: string, branches: Iterable<string>): FreeName {
  const taken = new Set<string>();
  const folders = new Set<string>();
  for (const branch of branches) {
    const lower = branch.toLowerCase();
    taken.add(lower);
    for (let at = lower.indexOf('/'); at >= 0; at = lower.indexOf('/', at + 1)) folders.add(lower.slice(0, at));
  }
  const lower = name.toLowerCase();
  for (let at = lower.indexOf('/'); at >= 0; at = lower.indexOf('/', at + 1)) {
    if (taken.has(lower.slice(0, at))) return { kind: 'blocked', by: name.slice(0, at) };
  }
  const isFree = (each: string) => !taken.has(each.toLowerCase()) && !folders.has(each.toLowerCase());
  if (isFree(name)) return { kind: 'free', branch: name };
  for (let number = 2; ; number++) {
    const candidate = `${name}-${number}`;
    if (isFree(candidate)) return { kind: 'free', branch: candidate };
  }
}

/** Whether a branch is named after an item: its number stands alone in the name (`work/12-login`, `feature/12`, `fix-12`). */
export function isNamedAfter(branch: string, id: number): boolean {
  return new RegExp(`(?:^|[^\\p{L}\\p{N}.])#?${id}(?:$|[^\\p{L}\\p{N}.])`, 'u').test(branch);
}
