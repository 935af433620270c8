import type { ResultOf } from '../protocol/message.ts';
import { doctor } from '../protocol/operation.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { durationText } from './deployText.ts';
import { column, oneLine } from './text.ts';
import { noArguments } from './usage.ts';

type Result = ResultOf<typeof doctor>;

const marks = { ok: ['✓', 'green'], warning: ['!', 'yellow'], error: ['✗', 'red'], skipped: ['–', 'dim'] } as const;

/** `hearth doctor`: is everything there that Hearth needs. */
export const doctorCommand: Command = {
  domain: 'doctor',
  verb: '',
  usage: 'hearth doctor [--profile]',
  purpose:
    'Look at everything Hearth needs: versions, git, home, hub, store, Docker, settings. Starts nothing. Exit code 1 when something is wrong.',
  examples: ['hearth doctor', 'hearth doctor --profile', 'hearth doctor --json'],
  options: { profile: { type: 'boolean', help: 'also say what things take: disk, hub, git, database' } },
  run: async (context) => {
    noArguments(context);
    const repository = await repositoryOf(context);
    const result = await context.send(doctor, {
      profile: context.options['profile'] === true,
      ...(repository === undefined ? {} : { repository }),
    });
    if (context.json) await context.output.json(result);
    else await print(context, result);
    return result.findings.some(({ state }) => state === 'error') ? 1 : 0;
  },
};

/** Outside of a repository there is nothing to say of one. */
async function repositoryOf({ locate }: CommandContext): Promise<string | undefined> {
  try {
    return (await locate()).repository;
  } catch (error) {
    if (asFailure(error).reason === 'cancelled') throw error;
    return undefined;
  }
}

async function print({ output }: CommandContext, { findings, timings }: Result): Promise<void> {
  const width = Math.max(...findings.map(({ title }) => title.length));
  for (const { state, title, detail, hint } of findings) {
    const [mark, style] = marks[state];
    await output.line(`${output.style(style, mark)} ${output.style('bold', column(title, width))}  ${oneLine(detail)}`);
    if (hint !== undefined) await output.line(`  ${' '.repeat(width)}  ${output.style('dim', `→ ${oneLine(hint)}`)}`);
  }
  if (timings.length === 0) return;
  await output.line();
  const names = Math.max(...timings.map(({ name }) => name.length));
  for (const { name, milliseconds, note } of timings) {
    await output.line(
      `${column(name, names)}  ${(milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : durationText(milliseconds)).padStart(9)}${note === undefined ? '' : `  ${output.style('dim', oneLine(note))}`}`,
    );
  }
}
