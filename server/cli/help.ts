import type { Command, OptionSpec } from './command.ts';

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((each) => nameOf(each).length));
  const lines = commands.map((each) => `  ${nameOf(each).padEnd(width)}  ${each.purpose}`);
  return `usage: hearth <domain> <verb> … [--repo DIR] [--json]\n\n${lines.join('\n')}\n\n\`hearth <domain> <verb> --help\` shows options and examples.\n`;
}

/** One command's options and examples. */
export function helpOf(command: Command, common: OptionSpec): string {
  const rows = Object.entries({ ...command.options, ...common }).map(([name, { short, value, help }]) => ({
    left: `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  const options = rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`).join('\n');
  const examples = command.examples.map((example) => `  ${example}`).join('\n');
  return `usage: ${command.usage}\n\n${command.purpose}\n\n${options}\n\nexamples:\n${examples}\n`;
}

function nameOf(command: Command): string {
  return command.verb === '' ? command.domain : `${command.domain} ${command.verb}`;
}
