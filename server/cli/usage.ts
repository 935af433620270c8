import { Failure } from '../rpc/failure.ts';
import type { CommandContext } from './command.ts';

/** Wrong usage of the command line: exit 2, with the usage line. */
export class UsageFailure extends Failure {
  constructor(message: string, hint?: string) {
    super('invalid', message, { hint });
  }
}

/** For commands that take options only. */
export function noArguments({ args, rest }: CommandContext): void {
  if (args.length + rest.length > 0) throw new UsageFailure('This takes no arguments.');
}
