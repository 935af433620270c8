import { promises as fs } from 'node:fs';
import path from 'node:path';
import { keyExport, keyImport, keyList } from '../protocol/variables.ts';
import { Failure } from '../rpc/failure.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { ask, canAsk, readInput } from './prompt.ts';
import { UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

const largest = 1_000_000;
const shortest = 8;

export const keyCommand: Command = {
  domain: 'env',
  verb: 'key',
  usage: 'hearth env key list | export [FILE] | import FILE [--passphrase-file FILE]',
  purpose:
    'The master keys that secrets are encrypted with. Backups do not hold them: keep an export, protected by a passphrase, in another place.',
  examples: [
    'hearth env key list',
    'hearth env key export hearth-keys.json',
    'hearth env key import hearth-keys.json',
    'pass show hearth/keys | hearth env key export keys.json --passphrase-file -',
  ],
  options: {
    'passphrase-file': { type: 'string', value: 'FILE', help: 'the passphrase is the first line of this file; `-` is standard input' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: (context) => {
    const [action, file, ...more] = context.args;
    if (more.length > 0) throw new UsageFailure('One file at a time.');
    switch (action) {
      case 'list':
        return listKeys(context);
      case 'export':
        return exportKeys(context, file);
      case 'import':
        return importKeys(context, file);
      default:
        throw new UsageFailure('list, export or import?');
    }
  },
};

async function listKeys(context: CommandContext): Promise<number> {
  const { keys } = await context.send(keyList, {});
  const { output } = context;
  if (context.json) return output.json({ keys }).then(() => 0);
  for (const { id, created, current, secrets, missing } of keys) {
    const when = created === 0 ? '' : shownTime(Math.floor(created / 1000), context.options['iso'] === true);
    const state = missing ? output.style('red', 'missing') : current ? output.style('green', 'current') : 'earlier';
    await output.line([id, state, `${secrets} ${secrets === 1 ? 'secret' : 'secrets'}`, when].filter((part) => part !== '').join('  '));
  }
  if (keys.length === 0) output.error('There is none yet: the first secret that is set makes one.');
  return keys.some(({ missing, secrets }) => missing && secrets > 0) ? 1 : 0;
}

async function exportKeys(context: CommandContext, file: string | undefined): Promise<number> {
  const place = file === undefined ? undefined : path.resolve(context.cwd, file);
  // Before anybody types a passphrase.
  if (place !== undefined) await refuseExisting(place);
  const passphrase = await passphraseOf(context, true);
  if (passphrase.length < shortest) throw new UsageFailure(`A passphrase has at least ${shortest} characters.`);
  const { text, keys } = await context.send(keyExport, { passphrase });
  const { output } = context;
  if (place === undefined) {
    await output.write(text);
    return 0;
  }
  await fs.writeFile(place, text, { mode: 0o600, flag: 'wx' });
  if (context.json) await output.json({ file: place, keys });
  else await output.line(`${keys.length === 1 ? 'One key' : `${keys.length} keys`} in ${file}. Without the passphrase it is of no use.`);
  return 0;
}

async function importKeys(context: CommandContext, file: string | undefined): Promise<number> {
  if (file === undefined) throw new UsageFailure('From which file?');
  if (file === '-' && optionOf(context.options, 'passphrase-file') === '-') throw new UsageFailure('Standard input cannot be both.');
  const text = (file === '-' ? await readInput(largest) : await readSmall(path.resolve(context.cwd, file), file)).toString('utf8');
  const { added, known } = await context.send(keyImport, { text, passphrase: await passphraseOf(context, false) });
  if (context.json) await context.output.json({ added, known });
  else await context.output.line(`${added.length} added, ${known.length} were here already.`);
  return 0;
}

/** Typed without an echo, or from a file; never an argument. */
async function passphraseOf(context: CommandContext, twice: boolean): Promise<string> {
  const file = optionOf(context.options, 'passphrase-file');
  if (file !== undefined) {
    const bytes = file === '-' ? await readInput(largest) : await readSmall(path.resolve(context.cwd, file), file);
    return bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  }
  if (!canAsk())
    throw new UsageFailure('There is nobody to ask for the passphrase.', '--passphrase-file FILE reads it; `-` is standard input.');
  const { signal } = context;
  const typed = await ask('Passphrase: ', { hidden: true, signal });
  if (twice && (await ask('Again: ', { hidden: true, signal })) !== typed) throw new UsageFailure('These are not the same.');
  return typed;
}

async function refuseExisting(place: string): Promise<void> {
  if ((await fs.stat(place).catch(() => undefined)) === undefined) return;
  throw new Failure('conflict', `${path.basename(place)} exists already; nothing was written.`, { hint: 'Name another file.' });
}

async function readSmall(place: string, name: string): Promise<Buffer> {
  if ((await fs.stat(place)).size > largest) throw new UsageFailure(`${name} is no export of keys.`);
  return fs.readFile(place);
}
