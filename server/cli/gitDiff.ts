import { existsSync } from 'node:fs';
import path from 'node:path';
import { publicRow } from '../git/diffExportJson.ts';
import { quote } from '../git/diffPath.ts';
import { diffExport, diffList } from '../protocol/git.ts';
import type { DiffOptions, FileRef, Side } from '../protocol/gitTypes.ts';
import { cancelled, Failure } from '../rpc/failure.ts';
import type { Command, CommandContext, OptionValues } from './command.ts';
import { PatchPrinter } from './gitDiffPatch.ts';
import { nameLines, numstatLines, statLines } from './gitDiffStat.ts';
import { pathInRepository } from './gitPath.ts';
import { UsageFailure } from './usage.ts';

const formats = ['html', 'md', 'json', 'patch'] as const;
type Format = (typeof formats)[number];

/** `hearth git diff`: the same sides, options and default output as `git diff`. */
export const diffCommand: Command = {
  domain: 'git',
  verb: 'diff',
  usage: 'hearth git diff [A] [B] [--cached] [--format html|md|json|patch] [--out FILE] [-- PATH…]',
  purpose: 'Show what differs between two commits, branches, tags, stashes, the index and the working tree.',
  examples: [
    'hearth git diff                                 # working tree against the index',
    'hearth git diff --cached                        # index against HEAD',
    'hearth git diff main...topic --stat             # topic since it left main',
    'hearth git diff stash@{0} -- src                # working tree against a stash',
    'hearth git diff v1.0 v2.0 --json',
    'hearth git diff v1.0 v2.0 --format html --out changes.html',
  ],
  options: {
    cached: { type: 'boolean', help: 'compare with the index instead of the working tree' },
    staged: { type: 'boolean', help: 'the same as --cached' },
    reverse: { type: 'boolean', short: 'R', help: 'swap the two sides' },
    untracked: { type: 'boolean', help: 'include untracked files of the working tree, and those that a stash keeps' },
    stat: { type: 'boolean', help: 'show how much changed in each file' },
    numstat: { type: 'boolean', help: 'show added and removed lines of each file' },
    'name-only': { type: 'boolean', help: 'show only names' },
    words: { type: 'boolean', help: 'mark the words that differ within changed lines' },
    unified: { type: 'string', short: 'U', value: 'N', help: 'lines of context (default 3)' },
    'ignore-all-space': { type: 'boolean', short: 'w', help: 'ignore all white space' },
    'ignore-space-change': { type: 'boolean', short: 'b', help: 'ignore changes in the amount of white space' },
    'ignore-space-at-eol': { type: 'boolean', help: 'ignore white space at the end of lines' },
    'no-renames': { type: 'boolean', help: 'do not look for renames' },
    'find-copies': { type: 'boolean', short: 'C', help: 'look for copies too' },
    format: { type: 'string', value: 'FORMAT', help: 'html, md, json or patch' },
    layout: { type: 'string', value: 'LAYOUT', help: 'of HTML: side-by-side (default) or unified' },
    out: { type: 'string', short: 'o', value: 'FILE', help: 'write to this file (default: standard output)' },
  },
  run: async (context) => {
    const { options } = context;
    const [from, to] = sidesOf(context.args, options);
    const place = await context.locate();
    const paths = context.rest.map((given) => pathInRepository(given, place));
    const question = { repository: place.repository, from, to, paths, options: optionsOf(options) };
    const format = formatOf(options);
    try {
      if (format !== undefined) return await writeFormat(context, question, format);
      return await print(context, question);
    } catch (error) {
      throw hintAtPaths(error, context);
    }
  },
};

interface Question {
  repository: string;
  from: Side;
  to: Side;
  paths: FileRef[];
  options: DiffOptions;
}

async function print(context: CommandContext, question: Question): Promise<number> {
  const { options, output, json } = context;
  if (!json && options['stat'] !== true && options['numstat'] !== true && options['name-only'] !== true)
    return printPatch(context, question);
  const { from, to, totals, files = [] } = await context.send(diffList, question);
  if (json) {
    await output.json({ from, to, files: files.map(publicRow), totals });
    return 0;
  }
  output.page();
  const style = (name: Parameters<typeof output.style>[0], text: string) => output.style(name, text);
  const lines =
    options['name-only'] === true
      ? nameLines(files, quote)
      : options['numstat'] === true
        ? numstatLines(files, quote)
        : statLines(files, totals, quote, style);
  for (const line of lines) await output.line(line);
  return 0;
}

/** As git prints it; colours and word marks only on a terminal. */
async function printPatch(context: CommandContext, question: Question): Promise<number> {
  const { output } = context;
  output.page();
  const printer = output.colour
    ? new PatchPrinter((style, text) => output.style(style, text), context.options['words'] === true)
    : undefined;
  await stream(context, { ...question, format: 'patch', binary: false }, (chunk) => printer?.take(chunk) ?? chunk);
  if (printer !== undefined) await output.write(printer.finish());
  return 0;
}

async function writeFormat(context: CommandContext, question: Question, format: Format): Promise<number> {
  const { options, output, cwd } = context;
  const layout = options['layout'] ?? 'side-by-side';
  if (layout !== 'side-by-side' && layout !== 'unified') throw new UsageFailure('--layout is side-by-side or unified.');
  if (typeof options['out'] !== 'string') {
    if (context.json && format !== 'json')
      throw new UsageFailure(`--json prints JSON, not ${format}.`, 'Write the other to a file with --out.');
    await stream(context, { ...question, format, layout }, (chunk) => chunk);
    return 0;
  }
  const out = path.resolve(cwd, options['out']);
  const { bytes, files } = await context.send(diffExport, { ...question, format, layout, out });
  const summary = { out, format, files, bytes };
  if (context.json) await output.json(summary);
  else output.error(`Wrote ${options['out']}: ${files} ${files === 1 ? 'file' : 'files'}, ${bytes} bytes.`);
  return 0;
}

/** Prints the pieces of an export in order; stops the work when nobody reads any more. */
async function stream(
  { send, output }: CommandContext,
  params: Parameters<typeof send<typeof diffExport>>[1],
  shown: (chunk: Buffer) => string | Buffer,
): Promise<void> {
  let written: Promise<void> = Promise.resolve();
  try {
    await send(diffExport, params, ({ chunks }) => {
      if (output.closed) throw cancelled();
      for (const chunk of chunks) {
        const text = shown(Buffer.from(chunk, 'base64'));
        written = written.then(() => output.write(text));
      }
      return written;
    });
  } catch (error) {
    if (!(output.closed && error instanceof Failure && error.reason === 'cancelled')) throw error;
  }
  await written;
}

/** What to compare, by git's rules: no side is index → working tree, one side is compared with the working tree, `A..B` and `A...B` are two. */
export function sidesOf(args: readonly string[], options: OptionValues): [Side, Side] {
  const cached = options['cached'] === true || options['staged'] === true;
  const [first, second, ...more] = args;
  if (more.length > 0) throw new UsageFailure('At most two sides can be compared.', 'Put -- before paths.');
  const sides = ((): [Side, Side] => {
    const range = first?.match(/^(.*?)(\.{2,3})(.*)$/s);
    if (range && second === undefined && !cached) {
      const a = range[1] || 'HEAD';
      const b = range[3] || 'HEAD';
      return range[2] === '...' ? [{ kind: 'mergeBase', a, b }, sideOf(b)] : [sideOf(a), sideOf(b)];
    }
    if (second !== undefined) {
      if (cached) throw new UsageFailure('--cached compares one commit with the index.');
      return [sideOf(first as string), sideOf(second)];
    }
    if (cached) return [sideOf(first ?? 'HEAD'), { kind: 'index' }];
    return [first === undefined ? { kind: 'index' } : sideOf(first), { kind: 'worktree' }];
  })();
  return options['reverse'] === true ? [sides[1], sides[0]] : sides;
}

function sideOf(name: string): Side {
  const stash = name.match(/^(?:refs\/)?stash@\{(\d+)\}$/);
  if (stash) return { kind: 'stash', index: Number(stash[1]) };
  return { kind: 'commit', revision: name };
}

function optionsOf(options: OptionValues): DiffOptions {
  const context = options['unified'] === undefined ? 3 : Number(options['unified']);
  if (!Number.isInteger(context) || context < 0) throw new UsageFailure('-U takes a number of lines.');
  const whitespace =
    options['ignore-all-space'] === true ? 'ignore-all' : options['ignore-space-change'] === true ? 'ignore-change' : 'show';
  return {
    whitespace: whitespace === 'show' && options['ignore-space-at-eol'] === true ? 'ignore-eol' : whitespace,
    context,
    renames: options['no-renames'] !== true,
    copies: options['find-copies'] === true,
    untracked: options['untracked'] === true,
  };
}

function formatOf(options: OptionValues): Format | undefined {
  const { format, out } = options;
  if (format === undefined && typeof out === 'string') {
    const extension = path.extname(out).slice(1).toLowerCase();
    const guessed = { html: 'html', htm: 'html', md: 'md', markdown: 'md', json: 'json', patch: 'patch', diff: 'patch' }[extension] as
      | Format
      | undefined;
    if (guessed === undefined) throw new UsageFailure(`Which format is ${out}?`, 'Say it with --format html|md|json|patch.');
    return guessed;
  }
  if (format === undefined) return undefined;
  const found = formats.find((each) => each === format);
  if (found === undefined) throw new UsageFailure(`There is no format "${String(format)}".`, 'It has: html, md, json, patch.');
  return found;
}

/** People leave out `--`, as git allows; we do not guess, but say it. */
function hintAtPaths(error: unknown, { args, cwd }: CommandContext): unknown {
  if (!(error instanceof Failure) || error.reason !== 'not-found') return error;
  const named = args.find((arg) => existsSync(path.resolve(cwd, arg)));
  return named === undefined ? error : new Failure('not-found', error.message, { hint: `Put -- before ${named} if you mean the file.` });
}
