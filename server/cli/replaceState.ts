import type { CommandContext, OptionSpec } from './command.ts';
import { UsageFailure } from './usage.ts';

/** Options of what replaces the state: a restore, an import. */
export const replaceOptions: OptionSpec = {
  move: { type: 'boolean', help: 'this home goes on as the one it was made of' },
  copy: { type: 'boolean', help: 'this home gets a new identity; the other one lives on' },
  yes: { type: 'boolean', help: 'do it' },
};

/** `--move` or `--copy`, undefined when neither was said. */
export function identityOf({ options }: CommandContext): 'move' | 'copy' | undefined {
  const [move, copy] = [options['move'] === true, options['copy'] === true];
  if (move && copy) throw new UsageFailure('Say --move or --copy, not both.');
  return move ? 'move' : copy ? 'copy' : undefined;
}

/** Parameters of a method that asks for a yes. */
export function confirmedBy<P extends object>({ options }: CommandContext, params: P): P {
  return options['yes'] === true ? { ...params, confirmed: true } : params;
}
