import path from 'node:path';
import { exportArchive, importArchive } from '../protocol/store.ts';
import type { Command } from './command.ts';
import { confirmedBy, identityOf, replaceOptions } from './replaceState.ts';
import { sizeText } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth store export|import`: everything as one file of JSON lines. */

const exportCommand: Command = {
  domain: 'store',
  verb: 'export',
  usage: 'hearth store export FILE',
  purpose:
    'Write everything, sealed events included, as one archive of JSON lines. Secrets stay encrypted, and their keys are not in it (`hearth env key export`).',
  examples: ['hearth store export everything.jsonl'],
  options: {},
  run: async ({ args: [file, ...more], send, json, output, cwd }) => {
    if (file === undefined || more.length > 0) throw new UsageFailure('Which file? One that does not exist yet.');
    const result = await send(exportArchive, { path: path.resolve(cwd, file) });
    if (json) await output.json(result);
    else await output.line(`${result.rows} rows, ${sizeText(result.size)}, written to ${result.path}.`);
    return 0;
  },
};

const importCommand: Command = {
  domain: 'store',
  verb: 'import',
  usage: 'hearth store import FILE (--move | --copy) [--yes]',
  purpose: 'Replace the state by that of an archive, which is checked before; a backup of the present is written first.',
  examples: ['hearth store import everything.jsonl --move --yes', 'hearth store import everything.jsonl --copy --yes'],
  options: replaceOptions,
  run: async (context) => {
    const [file, ...more] = context.args;
    if (file === undefined || more.length > 0) throw new UsageFailure('Which archive? One file.');
    const identity = identityOf(context);
    if (identity === undefined) {
      throw new UsageFailure('Say --move or --copy.', '`--move` goes on as the home it was made of, `--copy` gets an identity of its own.');
    }
    const { send, json, output, cwd } = context;
    const result = await send(importArchive, confirmedBy(context, { path: path.resolve(cwd, file), identity }));
    if (json) await output.json(result);
    else {
      await output.line(`Imported ${result.rows} rows.`);
      await output.line(`The state before is kept: hearth backup restore ${result.backup}`);
    }
    return 0;
  },
};

export const archiveCommands: readonly Command[] = [exportCommand, importCommand];
