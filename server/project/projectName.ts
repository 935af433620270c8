import path from 'node:path';

/** Longest name of a project: with the owner it names containers and networks, whose names have limits of their own. */
const longest = 30;

/** What a project is called when nobody says: the folder that holds the repository, as a DNS label of at most 30 characters. */
export function defaultName(commonDir: string): string {
  const own = path.basename(commonDir);
  return asLabel(own === '.git' ? path.basename(path.dirname(commonDir)) : own.replace(/\.git$/, ''));
}

/** Any text as a DNS label: lower case, accents off, everything else a hyphen, a letter first. `project` where nothing is left. */
export function asLabel(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const label = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  if (label === '') return 'project';
  return cut(/^[a-z]/.test(label) ? label : `p-${label}`, longest);
}

/** The name, or the first of `name-2`, `name-3` … that is free. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const candidate = `${cut(name, longest - suffix.length)}${suffix}`;
    if (!taken(candidate)) return candidate;
  }
}

function cut(label: string, length: number): string {
  return label.slice(0, length).replace(/-+$/, '');
}
