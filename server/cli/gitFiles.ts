import type { TreeEntry } from '../git/files.ts';
import { files, resolve } from '../protocol/git.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { pathInRepository } from './gitPath.ts';
import { printRows } from './gitRows.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth git files`: what a revision holds. */
export const filesCommand: Command = {
  domain: 'git',
  verb: 'files',
  usage: 'hearth git files [REV] [PATH] [--level]',
  purpose: 'List the files of a revision, all of them or those below a folder.',
  examples: ['hearth git files', 'hearth git files v1.0 src', 'hearth git files HEAD~3 --level --json', 'hearth git files -- docs'],
  options: {
    level: { type: 'boolean', help: 'one level only: folders are listed, not entered' },
    long: { type: 'boolean', short: 'l', help: 'with mode, id and size' },
  },
  run: async (context) => {
    const { options, output, locate } = context;
    const place = await locate();
    const { revision, given } = await splitArguments(context, place);
    const folder = pathInRepository(given ?? '.', place);
    await printRows(
      context,
      files,
      {
        repository: place.repository,
        revision,
        recursive: options['level'] !== true,
        ...('path' in folder && folder.path === '' ? {} : { folder }),
      },
      ({ entries }) => entries,
      { text: (entry) => entryLine(entry, options['long'] === true, output.style.bind(output)) },
    );
    return 0;
  },
};

/** `REV PATH`, `REV`, or `PATH` where the word names no revision. A path may also stand behind `--`. */
async function splitArguments(
  { args, rest, send }: CommandContext,
  place: { repository: string; path: string },
): Promise<{ revision: string; given: string | undefined }> {
  const [first, second, ...more] = args;
  if (more.length > 0 || rest.length > 1 || (second !== undefined && rest.length > 0))
    throw new UsageFailure('One revision and one path at a time.');
  const given = second ?? rest[0];
  if (first === undefined) return { revision: 'HEAD', given };
  if (given !== undefined) return { revision: first, given };
  try {
    await send(resolve, { repository: place.repository, revision: first });
    return { revision: first, given };
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'not-found' || !(await exists(first, place, send))) throw error;
    return { revision: 'HEAD', given: first };
  }
}

async function exists(given: string, place: { repository: string; path: string }, send: CommandContext['send']): Promise<boolean> {
  return send(files, { repository: place.repository, folder: pathInRepository(given, place) }).then(
    () => true,
    () => false,
  );
}

function entryLine(entry: TreeEntry, long: boolean, style: (style: 'blue' | 'cyan' | 'magenta', text: string) => string): string {
  const name = oneLine(entry.path);
  const shown =
    entry.kind === 'folder'
      ? style('blue', `${name}/`)
      : entry.kind === 'link'
        ? style('cyan', name)
        : entry.kind === 'submodule'
          ? style('magenta', name)
          : name;
  if (!long) return shown;
  return `${entry.mode} ${entry.id.slice(0, 10)} ${String(entry.size ?? '-').padStart(9)}  ${shown}`;
}
