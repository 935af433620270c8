import type { ResultOf } from '../protocol/message.ts';
import type { list, Variable, VariableOrigin } from '../protocol/variables.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { column, oneLine } from './text.ts';

type Table = ResultOf<typeof list>['environments'][number];

/** Values are shown up to here. */
const widest = 60;

/** An environment for a person at a terminal: its chain, then a row for each variable. */
export async function printTable({ output, options }: CommandContext, { name, chain, variables }: Table): Promise<void> {
  const extended = chain.slice(1).map((each) => ` ← ${oneLine(each)}`);
  await output.line(output.style('bold', oneLine(name)) + output.style('dim', extended.join('')));
  const names = Math.max(0, ...variables.map((each) => each.name.length));
  const cells = variables.map((each) => ({ each, value: shortValue(each), origin: originText(each.origin) }));
  const values = Math.min(widest, Math.max(0, ...cells.map(({ value }) => [...value].length)));
  const origins = Math.max(0, ...cells.map(({ origin }) => origin.length));
  for (const { each, value, origin } of cells) {
    const when = each.updated === undefined ? '' : shownTime(Math.floor(each.updated / 1000), options['iso'] === true);
    const services = each.services.length === 0 ? '' : each.services.map(oneLine).join(', ');
    const style = each.problem !== undefined ? 'red' : each.secret ? 'yellow' : 'reset';
    const more = [services, each.as === 'file' ? 'as a file' : '', when].filter((part) => part !== '').join(' · ');
    const row = `  ${column(each.name, names)}  ${output.style(style, column(value, values))}  ${output.style('dim', `${column(origin, origins)}  ${more}`)}`;
    await output.line(row.trimEnd());
  }
  if (variables.length === 0) await output.line(output.style('dim', '  nothing is set'));
}

/** Of a secret only that it is set. */
export function shortValue({ value, secret, origin, problem }: Variable): string {
  if (origin.kind === 'missing') return 'not set';
  if (secret) return problem === undefined ? '••••••' : 'unusable';
  return value === null ? 'unusable' : oneLine(value);
}

export function originText(origin: VariableOrigin): string {
  switch (origin.kind) {
    case 'service':
      return 'hearth.yaml, service';
    case 'environment':
      return `hearth.yaml, ${oneLine(origin.environment)}`;
    case 'stored':
      return `stored for ${oneLine(origin.environment)}${origin.service === undefined ? '' : `, ${oneLine(origin.service)}`}`;
    case 'override':
      return 'this deployment';
    case 'missing':
      return 'missing';
  }
}
