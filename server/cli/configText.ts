import type { difference, Problem } from '../protocol/config.ts';
import type { ResultOf } from '../protocol/message.ts';
import type { Output } from './output.ts';
import { oneLine } from './text.ts';

/** As compilers print them: `hearth.yaml:12:5: error: …`. */
export async function printProblems(output: Output, problems: readonly Problem[]): Promise<void> {
  for (const { path, line, column, severity, message, code } of problems) {
    const colour = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'blue';
    await output.line(
      `${oneLine(path)}:${line}:${column}: ${output.style(colour, severity)}: ${oneLine(message)} ${output.style('dim', `[${code}]`)}`,
    );
  }
}

/** One line a key: `+` added, `-` removed, `~` changed. */
export async function printChanges(output: Output, changes: ResultOf<typeof difference>['changes']): Promise<void> {
  for (const { key, kind, from = '', to = '' } of changes) {
    const name = oneLine(key);
    if (kind === 'added') await output.line(output.style('green', `+ ${name}: ${oneLine(to)}`));
    else if (kind === 'removed') await output.line(output.style('red', `- ${name}: ${oneLine(from)}`));
    else await output.line(output.style('yellow', `~ ${name}: ${oneLine(from)} → ${oneLine(to)}`));
  }
}
