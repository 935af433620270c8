import type { ItemType } from '../protocol/work.ts';
import { prefixOf } from '../protocol/workFlow.ts';

/** A changed file as a message speaks of it. */
export interface Changed {
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed';
  readonly path: string;
  readonly oldPath?: string;
}

/** Longest subject line that is made. */
const longest = 72;

const isDocument = (path: string) =>
  /\.(md|mdx|rst|adoc|txt)$/i.test(path) || /(^|\/)docs?\//i.test(path) || /(^|\/)LICEN[CS]E/i.test(path);
const isTest = (path: string) => /(^|\/)(tests?|__tests__|spec)\//i.test(path) || /[._-](test|spec)\.[^/]+$/i.test(path);
const isSetting = (path: string) =>
  /(^|\/)\.[^/]+/.test(path) || /\.(json|ya?ml|toml|ini|lock|cfg|conf)$/i.test(path) || /(^|\/)(Dockerfile|Makefile)$/.test(path);

/**
 * A first line made by rules: of an item's branch its type and title, with the one or two files that changed; without an item what
 * happened to which files. Empty when nothing changed.
 */
export function suggestMessage(files: readonly Changed[], item?: { readonly type: ItemType; readonly title: string }): string {
  if (files.length === 0) return '';
  if (item === undefined) {
    const kind = kindOf(files);
    const said = whatHappened(files);
    return shorten(kind === undefined ? capital(said) : `${kind}: ${said}`);
  }
  const subject = titleLine(item);
  const named = `${subject} (${namesOf(files)})`;
  return [...named].length <= longest ? named : shorten(subject);
}

/** The first line of a commit that is all of an item. */
export function subjectOf(item: { readonly type: ItemType; readonly title: string }): string {
  return shorten(titleLine(item));
}

function titleLine({ type, title }: { readonly type: ItemType; readonly title: string }): string {
  return `${prefixOf[type]}: ${lowerFirst(title.trim())}`;
}

function kindOf(files: readonly Changed[]): string | undefined {
  const all = (is: (path: string) => boolean) => files.every(({ path }) => is(path));
  if (all(isTest)) return 'test';
  if (all(isDocument)) return 'docs';
  return all(isSetting) ? 'chore' : undefined;
}

function whatHappened(files: readonly Changed[]): string {
  const [first] = files;
  if (files.length === 1 && first?.status === 'renamed' && first.oldPath !== undefined) return `rename ${first.oldPath} to ${first.path}`;
  return `${verbOf(files)} ${namesOf(files)}`;
}

function verbOf(files: readonly Changed[]): string {
  const verbs = { added: 'add', modified: 'update', deleted: 'remove', renamed: 'rename' } as const;
  const [first] = files;
  return first !== undefined && files.every(({ status }) => status === first.status) ? verbs[first.status] : 'update';
}

/** One path, two names, or how many in which folder. */
function namesOf(files: readonly Changed[]): string {
  const [first, second] = files;
  if (first === undefined) return '';
  if (second === undefined) return oneLine(first.path);
  if (files.length === 2) return `${name(first.path)} and ${name(second.path)}`;
  const folder = commonFolder(files.map(({ path }) => path));
  return folder === '' ? `${files.length} files` : `${files.length} files in ${oneLine(folder)}`;
}

function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split('/').slice(0, -1));
  const [first = []] = folders;
  let shared = first.length;
  for (const folder of folders) {
    let same = 0;
    while (same < shared && folder[same] === first[same]) same++;
    shared = same;
  }
  return first.slice(0, shared).join('/');
}

const name = (path: string) => oneLine(path.slice(path.lastIndexOf('/') + 1));
/** A file may be called anything: a message has one line. */
const oneLine = (text: string) => text.replace(/[\0-\x1f\x7f]+/g, ' ');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `Faster login` → `faster login`; names and abbreviations (`API`, `GitHub`) stay. */
function lowerFirst(text: string): string {
  const [word = ''] = text.split(/\s/, 1);
  return /^\p{Lu}\p{Ll}*$/u.test(word) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function shorten(text: string): string {
  const points = [...text];
  return points.length <= longest ? text : `${points.slice(0, longest - 1).join('')}…`;
}
