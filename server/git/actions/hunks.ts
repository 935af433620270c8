import type { FileRef } from '../../protocol/gitTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import { diffArguments } from '../diffArguments.ts';
import { latin1Path, quote, unquote } from '../diffPath.ts';
import type { Repository } from '../repository.ts';
import { checkedPaths, shown } from './paths.ts';
import { nulOutput } from './plumbing.ts';
import { recorded } from './record.ts';
import { refusal } from './refusal.ts';

export interface HunkRequest {
  readonly action: 'stage' | 'unstage' | 'discard';
  readonly file: FileRef;
  /** Each from `@@` to before the next one. */
  readonly hunks: readonly string[];
}

/** One hunk as bytes (a latin1 string). Starts are as git writes them. */
interface Hunk {
  readonly text: string;
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

/** Stages, unstages or discards single hunks. `conflict` when one of them is not in the file's difference any more. */
export async function applyHunks(
  repository: Repository,
  { action, file, hunks }: HunkRequest,
  actor: string,
  signal: AbortSignal,
): Promise<{ undo?: string }> {
  const name = checkedPaths([file], false)[0] as string;
  const { header, present } = splitPatch(await presentPatch(repository, action, file, signal), name);
  const chosen = choose(present, hunks, name);
  const reverse = action !== 'stage';
  const patch = Buffer.from(header + renumber(chosen, reverse), 'latin1');
  const where = action === 'discard' ? [] : ['--cached'];
  const args = ['apply', ...where, ...(reverse ? ['--reverse'] : []), '--whitespace=nowarn', '--no-ignore-whitespace', '-'];
  const apply = async () => {
    const output = await repository.write(args, { input: patch, signal, accept: [0, 1, 128] });
    if (output.exitCode !== 0) throw refusal(args, output, 'The change');
  };
  if (action !== 'discard') return apply().then(() => ({}));
  const label = `Discard ${chosen.length === 1 ? 'a change' : `${chosen.length} changes`} in ${shown(name)}`;
  const { undo } = await recorded(repository, { kind: 'discard', label, actor, branches: [], required: new Set([name]) }, signal, apply);
  return { undo };
}

async function presentPatch(repository: Repository, action: HunkRequest['action'], file: FileRef, signal: AbortSignal): Promise<string> {
  const options = { whitespace: 'show', context: 3, renames: true, copies: false } as const;
  const comparison = action === 'unstage' ? ['--cached'] : [];
  const old = action === 'unstage' ? await renamedFrom(repository, file, signal) : undefined;
  const args = diffArguments(repository, comparison, ['-p', '-U3'], options, old === undefined ? [file] : [file, old]);
  const { stdout } = await repository.run(args, { signal, silence: 180_000 });
  return stdout.toString('latin1');
}

/** The name a file of the index has in HEAD, when git shows it as renamed. */
async function renamedFrom(repository: Repository, file: FileRef, signal: AbortSignal): Promise<FileRef | undefined> {
  const tokens = nulOutput(await repository.run(['diff', '--cached', '--name-status', '-M', '-z', '--diff-filter=R'], { signal }));
  for (let at = 0; at + 2 < tokens.length; at += 3) {
    if (tokens[at + 2] === latin1Path(file)) return { pathBytes: Buffer.from(tokens[at + 1] as string, 'latin1').toString('base64') };
  }
  return undefined;
}

/** The hunks of one file, and the header that a patch of some of them needs. A pathspec may have named more files. */
function splitPatch(patch: string, name: string): { header: string; present: Hunk[] } {
  const file = patch.split(/^(?=diff --git )/m).find((part) => newName(part) === name);
  if (file === undefined) throw changed(name);
  const start = file.search(/^@@ /m);
  if (start < 0) {
    throw new Failure('precondition', `${shown(name)} has no lines to choose from.`, { hint: 'Take the file as a whole.' });
  }
  const lines = file.slice(0, start).split('\n');
  const created = lines.find((line) => line.startsWith('new file mode '));
  const deleted = lines.find((line) => line.startsWith('deleted file mode '));
  // Without mode and name of a changed file: its lines alone are taken.
  const [a, b] = [quote(`a/${name}`), quote(`b/${name}`)];
  const header = [
    `diff --git ${a} ${b}`,
    ...[created, deleted].filter((line) => line !== undefined),
    `--- ${created === undefined ? tabbed(a) : '/dev/null'}`,
    `+++ ${deleted === undefined ? tabbed(b) : '/dev/null'}`,
  ];
  return { header: `${header.join('\n')}\n`, present: splitHunks(file.slice(start)) };
}

/** Git ends a name with a space in it by a tab. */
function tabbed(name: string): string {
  return name.includes(' ') ? `${name}\t` : name;
}

function newName(part: string): string | undefined {
  const line = (sign: string) => part.match(new RegExp(`^${sign} ("(?:[^"\\\\]|\\\\.)*"|[^\\t\\n]*)`, 'm'))?.[1];
  const head = part.slice(0, Math.max(0, part.search(/^@@ /m)) || part.length);
  if (!/^--- /m.test(head)) return undefined;
  const name = line('\\+\\+\\+') === '/dev/null' ? line('---') : line('\\+\\+\\+');
  return name === undefined ? undefined : unquote(name).replace(/^[ab]\//, '');
}

/** Cut by the counts of their headers: a line of a file may look like anything. */
function splitHunks(text: string): Hunk[] {
  const hunks: Hunk[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const match = (lines[at] as string).match(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/);
    if (match === null) break;
    const [oldStart, oldCount, newStart, newCount] = [match[1], match[2] ?? '1', match[3], match[4] ?? '1'].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    let [oldLeft, newLeft, end] = [oldCount, newCount, at + 1];
    while (end < lines.length && (oldLeft > 0 || newLeft > 0 || lines[end]?.startsWith('\\'))) {
      const sign = lines[end]?.[0];
      if (sign !== '+' && sign !== '\\') oldLeft--;
      if (sign !== '-' && sign !== '\\') newLeft--;
      end++;
    }
    hunks.push({ text: `${lines.slice(at, end).join('\n')}\n`, oldStart, oldCount, newStart, newCount });
    at = end;
  }
  return hunks;
}

/** The present hunks that were asked for, in the order of the file. What was shown was decoded as UTF-8. */
function choose(present: readonly Hunk[], wanted: readonly string[], name: string): Hunk[] {
  const left = new Set(wanted.map((hunk) => hunk.replace(/\n*$/, '\n')));
  const count = left.size;
  const chosen = present.filter(({ text }) => left.has(Buffer.from(text, 'latin1').toString('utf8').replace(/\n*$/, '\n')));
  if (chosen.length !== count) throw changed(name);
  return chosen;
}

/** Where each hunk lies when the others are left out. The side that it is applied to keeps its numbers. */
function renumber(hunks: readonly Hunk[], reverse: boolean): string {
  let shift = 0;
  return hunks
    .map(({ text, oldStart, oldCount, newStart, newCount }) => {
      const [start, count, otherCount] = reverse ? [newStart, newCount, oldCount] : [oldStart, oldCount, newCount];
      // Of an empty range git names the line before.
      const first = (count === 0 ? start + 1 : start) + shift;
      const other = otherCount === 0 ? first - 1 : first;
      shift += otherCount - count;
      const [old, now] = reverse ? [other, newStart] : [oldStart, other];
      return text.replace(/^@@ [^@]* @@/, `@@ -${old},${oldCount} +${now},${newCount} @@`);
    })
    .join('');
}

function changed(name: string): Failure {
  return new Failure('conflict', `${shown(name)} has changed since it was shown.`, { hint: 'Look at it again; it is shown anew.' });
}
