import { promises as fs } from 'node:fs';
import path from 'node:path';
import { list, set } from '../protocol/variables.ts';
import type { Command, CommandContext } from './command.ts';
import { parseDotenv } from './dotenv.ts';
import { ask, canAsk, readInput } from './prompt.ts';
import { UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

const largest = 262_144;
const pair = /^([A-Za-z_][A-Za-z0-9_]{0,199})(?:=([\s\S]*))?$/;
const secretLooking = /(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY)/i;

export const setCommand: Command = {
  domain: 'env',
  verb: 'set',
  usage: 'hearth env set ENVIRONMENT NAME=VALUE… | NAME [--secret] [--from-file FILE] | --dotenv FILE [--secret]',
  purpose:
    'Store variables for an environment and what extends it. The value of a secret is asked for, or read from a file or standard input: an argument would stand in the shell history and the list of processes.',
  examples: [
    'hearth env set production LOG_LEVEL=warn',
    'hearth env set production DATABASE_URL --secret',
    'pass show shop/db | hearth env set production DATABASE_URL --secret',
    'hearth env set production TLS_KEY --secret --service web --from-file tls.key',
    'hearth env set staging --dotenv .env.staging --secret',
  ],
  options: {
    secret: { type: 'boolean', short: 's', help: 'keep it encrypted, and never show it again' },
    service: { type: 'string', value: 'SERVICE', help: 'for this service only' },
    'from-file': { type: 'string', value: 'FILE', help: 'the value is what this file holds; `-` is standard input' },
    // Not --env-file: Node takes that for its own wherever it stands.
    dotenv: { type: 'string', value: 'FILE', help: 'all NAME=value lines of this file; `-` is standard input' },
  },
  run: async (context) => {
    const { options, output } = context;
    const [environment, ...words] = context.args;
    if (environment === undefined) throw new UsageFailure('Of which environment?');
    const { repository } = await context.locate();
    const secret = options['secret'] === true;
    const service = optionOf(options, 'service');
    const at = { repository, environment, ...(service === undefined ? {} : { service }) };
    const values = await valuesOf(context, words, { secret, isSecret: () => knownSecrets(context, at) });
    const result = await context.send(set, { ...at, values, secret });
    if (context.json) return output.json(result).then(() => 0);
    for (const [names, word] of [
      [result.set, 'Stored'],
      [result.unchanged, 'Unchanged'],
    ] as const) {
      if (names.length > 0) await output.line(`${word}: ${names.join(', ')}.`);
    }
    if (result.set.length > 0) output.error(`A running service gets ${result.set.length === 1 ? 'it' : 'them'} with its next deployment.`);
    const plain = secret ? [] : result.set.filter((name) => secretLooking.test(name));
    if (plain.length > 0 && !(await knownSecrets(context, at)).has(plain[0] ?? '')) {
      output.error(`${plain.join(', ')}: kept in plain text. If that is a secret: \`hearth env unset\` it, then set it with --secret.`);
    }
    return 0;
  },
};

interface Wish {
  readonly secret: boolean;
  /** Names that are secrets there already. */
  readonly isSecret: () => Promise<ReadonlySet<string>>;
}

/** The values that are wanted, by name. */
async function valuesOf(context: CommandContext, words: readonly string[], wish: Wish): Promise<Record<string, string>> {
  const file = optionOf(context.options, 'from-file');
  const dotenv = optionOf(context.options, 'dotenv');
  if (dotenv !== undefined) {
    if (words.length > 0 || file !== undefined) throw new UsageFailure('--dotenv names the variables by itself.');
    const values = parseDotenv(textOf(await bytesOf(context, dotenv), dotenv));
    if (Object.keys(values).length === 0) throw new UsageFailure(`${dotenv} has no NAME=value lines.`);
    return values;
  }
  if (words.length === 0) throw new UsageFailure('Which variable?', 'NAME=VALUE, or a NAME whose value is asked for.');
  const pairs = words.map((word) => {
    const [, name, value] = pair.exec(word) ?? [];
    // Not the word itself: it may hold a value.
    if (name === undefined) throw new UsageFailure('A name is letters, digits and underscores, not starting with a digit.', 'NAME=VALUE.');
    return { name, value };
  });
  const [only] = pairs;
  if (only !== undefined && pairs.length === 1 && only.value === undefined)
    return { [only.name]: await oneValue(context, only.name, file, wish) };
  if (file !== undefined) throw new UsageFailure('--from-file is the value of one NAME.');
  const bare = pairs.find(({ value }) => value === undefined);
  if (bare !== undefined) throw new UsageFailure(`${bare.name} has no value.`, 'Only one name at a time can be asked for.');
  const known = wish.secret ? new Set(pairs.map(({ name }) => name)) : await wish.isSecret();
  const exposed = pairs.find(({ name }) => known.has(name));
  if (exposed !== undefined) {
    throw new UsageFailure(
      `${exposed.name} is a secret: its value is not taken from an argument. Nothing was stored.`,
      'Arguments stand in the shell history and the list of processes. Leave `=VALUE` out to be asked, or use --from-file.',
    );
  }
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value ?? '']));
}

/** The value of one name: from a file, from standard input, or typed (twice where nothing shows). */
async function oneValue(context: CommandContext, name: string, file: string | undefined, wish: Wish): Promise<string> {
  if (file !== undefined || !canAsk()) return withoutLineEnd(textOf(await bytesOf(context, file ?? '-'), file ?? 'standard input'));
  const hidden = wish.secret || (await wish.isSecret()).has(name);
  const { signal } = context;
  const typed = await ask(`${name}: `, { hidden, signal });
  if (hidden && (await ask(`${name} again: `, { hidden, signal })) !== typed)
    throw new UsageFailure('These are not the same. Nothing was stored.');
  return typed;
}

async function bytesOf({ cwd }: CommandContext, file: string): Promise<Buffer> {
  if (file === '-') return readInput(largest);
  const place = path.resolve(cwd, file);
  const { size } = await fs.stat(place);
  if (size > largest) throw new UsageFailure(`${file} is larger than 256 kB.`);
  return fs.readFile(place);
}

function textOf(bytes: Buffer, what: string): string {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes))
    throw new UsageFailure(`${what} is no UTF-8 text.`, 'Encode it in base64, and decode it where it is used.');
  return text;
}

/** An editor and `echo` end a single line with one; of several lines each belongs to the value. */
function withoutLineEnd(text: string): string {
  return text.replace(/^([^\n]*?)\r?\n$/, '$1');
}

async function knownSecrets(context: CommandContext, at: { repository: string; environment: string }): Promise<ReadonlySet<string>> {
  const { environments } = await context.send(list, { repository: at.repository, environment: at.environment });
  return new Set(environments.flatMap(({ variables }) => variables.filter(({ secret }) => secret).map(({ name }) => name)));
}
