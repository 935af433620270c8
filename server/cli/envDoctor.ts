import path from 'node:path';
import { type DoctorFinding, doctor } from '../protocol/environment.ts';
import type { Command, CommandContext } from './command.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth env doctor`: what is wrong with the variables. */
export const envDoctorCommand: Command = {
  domain: 'env',
  verb: 'doctor',
  usage: 'hearth env doctor [ENVIRONMENT] [FILE…]',
  purpose:
    'Check .env files against .env.example and hearth.yaml, and with an environment what is stored for it: missing, empty, of another type, unused, too old. Shows no value. Exit code 1 when there is an error.',
  examples: ['hearth env doctor', 'hearth env doctor production', 'hearth env doctor .env.staging apps/web/.env --json'],
  options: {},
  run: async (context) => {
    const { repository } = await context.locate();
    const { environment, files } = await wanted(context, repository);
    const result = await context.send(doctor, {
      repository,
      ...(files.length === 0 ? {} : { files }),
      ...(environment === undefined ? {} : { environment }),
    });
    const errors = result.findings.filter(({ severity }) => severity === 'error').length;
    if (context.json) await context.output.json(result);
    else {
      for (const finding of result.findings) await print(context, finding, environment ?? '');
      const looked = result.files.length + result.examples.length;
      const what = `${looked} ${looked === 1 ? 'file' : 'files'}${environment === undefined ? '' : ` and what is stored for ${oneLine(environment)}`}`;
      const warnings = result.findings.length - errors;
      context.output.error(`Looked at ${what}: ${counted(errors, 'error')}, ${counted(warnings, 'remark')}.`);
    }
    return errors > 0 ? 1 : 0;
  },
};

/** What has a dot or a slash is a file; environments have neither. */
async function wanted(context: CommandContext, repository: string): Promise<{ environment: string | undefined; files: string[] }> {
  const { args, rest } = context;
  const [first, ...others] = args;
  const isFile = (word: string) => /[./\\]/.test(word);
  const environment = first === undefined || isFile(first) ? undefined : first;
  const words = [...(environment === undefined ? args : others), ...rest];
  const second = words.find((word) => !isFile(word) && !rest.includes(word));
  if (second !== undefined)
    throw new UsageFailure('One environment at a time, before the files.', 'A file is `.env`, `.env.staging`, `web.env`.');
  const files: string[] = [];
  for (const word of words) {
    const found = await context.locate(word);
    if (found.repository !== repository) throw new UsageFailure(`${oneLine(word)} is in another repository.`);
    files.push(found.path.split(path.sep).join('/'));
  }
  return { environment, files };
}

async function print(
  { output }: CommandContext,
  { file, line, severity, message, kind, because }: DoctorFinding,
  environment: string,
): Promise<void> {
  const colour = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'blue';
  const place = file === null ? environment : `${file}:${line}`;
  const asked = because === null || message.includes(because) ? '' : ` (${oneLine(because)})`;
  const where = place === '' ? '' : `${oneLine(place)}: `;
  await output.line(`${where}${output.style(colour, severity)}: ${oneLine(message)}${asked} ${output.style('dim', `[${kind}]`)}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
