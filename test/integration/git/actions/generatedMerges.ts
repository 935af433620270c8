// A repository with many branches off one base, each a kind of merge of its own, made by one `git fast-import`.
import type { Repository } from '../../../support/repositories/repository.ts';

type Change =
  | { kind: 'write'; path: string; text: string; mode?: '100644' | '100755' | '120000' }
  | { kind: 'delete'; path: string }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'link'; path: string; commit: string };

/** What both sides do to the files of one group (`d7/…`); `main` has done all of its halves before any branch is merged. */
interface Case {
  readonly name: string;
  readonly ours: (folder: string) => Change[];
  readonly theirs: (folder: string) => Change[];
}

const lines = (count: number, edit: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, at) => edit[at + 1] ?? `line ${at + 1}`)
    .join('\n')
    .concat('\n');
const write = (path: string, text: string, mode: '100644' | '100755' | '120000' = '100644'): Change => ({
  kind: 'write',
  path,
  text,
  mode,
});
const binary = (text: string) => `\0\x01${text}\0`;

/** The files that every group starts with. */
const base = (folder: string): Change[] => [
  write(`${folder}/text`, lines(30)),
  write(`${folder}/other`, lines(12)),
  write(`${folder}/binary`, binary('base')),
  write(`${folder}/tool`, '#!/bin/sh\n'),
  write(`${folder}/sub/inner`, lines(8)),
];

const nothing = (): Change[] => [];
export const cases: readonly Case[] = [
  {
    name: 'clean: other files',
    ours: (f) => [write(`${f}/other`, lines(12, { 1: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 5: 'theirs' }))],
  },
  {
    name: 'clean: other lines',
    ours: (f) => [write(`${f}/text`, lines(30, { 2: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 25: 'theirs' }))],
  },
  {
    name: 'clean: same change',
    ours: (f) => [write(`${f}/text`, lines(30, { 9: 'same' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'same' }))],
  },
  {
    name: 'content',
    ours: (f) => [write(`${f}/text`, lines(30, { 9: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' }))],
  },
  {
    name: 'two files in conflict',
    ours: (f) => [write(`${f}/text`, lines(30, { 9: 'ours' })), write(`${f}/other`, lines(12, { 3: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' })), write(`${f}/other`, lines(12, { 3: 'theirs' }))],
  },
  {
    name: 'modify/delete',
    ours: (f) => [{ kind: 'delete', path: `${f}/text` }],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' }))],
  },
  {
    name: 'delete/modify',
    ours: (f) => [write(`${f}/text`, lines(30, { 9: 'ours' }))],
    theirs: (f) => [{ kind: 'delete', path: `${f}/text` }],
  },
  { name: 'both delete', ours: (f) => [{ kind: 'delete', path: `${f}/text` }], theirs: (f) => [{ kind: 'delete', path: `${f}/text` }] },
  { name: 'add/add', ours: (f) => [write(`${f}/new`, 'ours\n')], theirs: (f) => [write(`${f}/new`, 'theirs\n')] },
  { name: 'add/add same', ours: (f) => [write(`${f}/new`, 'same\n')], theirs: (f) => [write(`${f}/new`, 'same\n')] },
  {
    name: 'rename/rename',
    ours: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/ours` }],
    theirs: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/theirs` }],
  },
  {
    name: 'renamed and changed',
    ours: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/ours` }],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' }))],
  },
  {
    name: 'renamed and changed in conflict',
    ours: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/ours` }, write(`${f}/ours`, lines(30, { 9: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' }))],
  },
  {
    name: 'rename/delete',
    ours: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/ours` }],
    theirs: (f) => [{ kind: 'delete', path: `${f}/text` }],
  },
  {
    name: 'renamed onto an added file',
    ours: (f) => [{ kind: 'rename', path: `${f}/text`, to: `${f}/same` }],
    theirs: (f) => [write(`${f}/same`, 'theirs\n')],
  },
  {
    name: 'mode only',
    ours: (f) => [write(`${f}/text`, lines(30, { 9: 'ours' }))],
    theirs: (f) => [write(`${f}/text`, lines(30), '100755')],
  },
  {
    name: 'mode and content',
    ours: (f) => [write(`${f}/tool`, '#!/bin/sh\n', '100755')],
    theirs: (f) => [write(`${f}/tool`, '#!/bin/bash\n')],
  },
  {
    name: 'file and link',
    ours: (f) => [write(`${f}/tool`, '#!/bin/sh\nours\n')],
    theirs: (f) => [{ kind: 'delete', path: `${f}/tool` }, write(`${f}/tool`, 'other', '120000')],
  },
  { name: 'links', ours: (f) => [write(`${f}/link`, 'text', '120000')], theirs: (f) => [write(`${f}/link`, 'other', '120000')] },
  { name: 'binary', ours: (f) => [write(`${f}/binary`, binary('ours'))], theirs: (f) => [write(`${f}/binary`, binary('theirs'))] },
  { name: 'binary on one side', ours: nothing, theirs: (f) => [write(`${f}/binary`, binary('theirs'))] },
  { name: 'file/directory', ours: (f) => [write(`${f}/place`, 'ours\n')], theirs: (f) => [write(`${f}/place/inner`, 'theirs\n')] },
  {
    name: 'directory becomes a file',
    ours: (f) => [write(`${f}/sub/inner`, lines(8, { 1: 'ours' }))],
    theirs: (f) => [{ kind: 'delete', path: `${f}/sub` }, write(`${f}/sub`, 'theirs\n')],
  },
  {
    name: 'directory renamed, file added',
    ours: (f) => [{ kind: 'rename', path: `${f}/sub`, to: `${f}/moved` }],
    theirs: (f) => [write(`${f}/sub/more`, 'theirs\n')],
  },
  { name: 'submodule added', ours: nothing, theirs: (f) => [{ kind: 'link', path: `${f}/module`, commit: '1'.repeat(40) }] },
  {
    name: 'submodules differ',
    ours: (f) => [{ kind: 'link', path: `${f}/module`, commit: '1'.repeat(40) }],
    theirs: (f) => [{ kind: 'link', path: `${f}/module`, commit: '2'.repeat(40) }],
  },
  {
    name: 'file against submodule',
    ours: (f) => [write(`${f}/module`, 'ours\n')],
    theirs: (f) => [{ kind: 'link', path: `${f}/module`, commit: '2'.repeat(40) }],
  },
  { name: 'odd names', ours: (f) => [write(`${f}/-x "q"\n$(id)`, 'ours\n')], theirs: (f) => [write(`${f}/-x "q"\n$(id)`, 'theirs\n')] },
  {
    name: 'line ends',
    ours: (f) => [write(`${f}/text`, lines(30).replaceAll('\n', '\r\n'))],
    theirs: (f) => [write(`${f}/text`, lines(30, { 9: 'theirs' }))],
  },
  {
    name: 'no newline at the end',
    ours: (f) => [write(`${f}/text`, lines(30).slice(0, -1))],
    theirs: (f) => [write(`${f}/text`, `${lines(30)}more`)],
  },
];

/** Branch `c<number>` holds case `number % cases.length`; some are merged already, fast-forwards, criss-cross or unrelated. */
export function generateMerges(repository: Repository, count: number): string[] {
  const stream: string[] = [];
  let mark = 0;
  const commit = (ref: string, from: readonly (number | undefined)[], changes: readonly Change[], message: string) => {
    mark++;
    const [first, ...merged] = from.filter((each) => each !== undefined);
    stream.push(`commit ${ref}\nmark :${mark}\ncommitter Ada <ada@example.test> ${1_700_000_000 + mark} +0000\n${data(message)}`);
    if (first !== undefined) stream.push(`from :${first}\n`);
    for (const each of merged) stream.push(`merge :${each}\n`);
    for (const change of changes) stream.push(text(change));
    stream.push('\n');
    return mark;
  };
  const numbers = Array.from({ length: count }, (_, at) => at);
  const caseOf = (number: number) => cases[number % cases.length] as Case;
  const folder = (number: number) => `d${number}`;
  const names: string[] = [];
  const root = commit(
    'refs/heads/main',
    [],
    numbers.flatMap((number) => base(folder(number))),
    'base',
  );
  const ours = commit(
    'refs/heads/main',
    [root],
    numbers.flatMap((number) => caseOf(number).ours(folder(number))),
    'ours',
  );
  for (const number of numbers) {
    names.push(`c${number}`);
    commit(`refs/heads/c${number}`, [root], caseOf(number).theirs(folder(number)), caseOf(number).name);
  }
  // Criss-cross: both sides have merged the other's first step, each in its own way.
  for (const number of [0, 3, 5, 8, 11]) {
    const { theirs } = caseOf(number);
    const left = commit(`refs/heads/x${number}`, [root], [write('cross', lines(10, { 2: 'left' }))], 'left');
    const right = commit(`refs/heads/y${number}`, [ours], [write('cross', lines(10, { 8: 'right' }))], 'right');
    commit(
      `refs/heads/x${number}`,
      [left, right],
      [write('cross', lines(10, { 2: 'left', 8: 'right' })), ...theirs(folder(number))],
      'cross',
    );
    commit(`refs/heads/y${number}`, [right, left], [write('cross', lines(10, { 2: 'other', 8: 'right' }))], 'cross');
    names.push(`x${number}`, `y${number}`);
  }
  commit('refs/heads/ahead', [ours], [write('ahead', 'more\n')], 'ahead');
  stream.push(`reset refs/heads/merged\nfrom :${root}\n\n`, `reset refs/heads/same\nfrom :${ours}\n\n`);
  commit('refs/heads/unrelated', [], [write('unrelated', 'x\n')], 'unrelated');
  names.push('ahead', 'merged', 'same', 'unrelated');
  repository.gitBytes(['fast-import', '--quiet', '--force'], { input: Buffer.from(stream.join(''), 'latin1') });
  return names;
}

function data(content: string): string {
  return `data ${content.length}\n${content}\n`;
}

function text(change: Change): string {
  const path = quoted(change.path);
  switch (change.kind) {
    case 'write':
      return `M ${change.mode ?? '100644'} inline ${path}\n${data(change.text)}`;
    case 'delete':
      return `D ${path}\n`;
    case 'rename':
      return `R ${path} ${quoted(change.to)}\n`;
    case 'link':
      return `M 160000 ${change.commit} ${path}\n`;
  }
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
