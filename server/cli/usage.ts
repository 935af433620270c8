import { Failure } from '../rpc/failure.ts';

/** Wrong usage of the command line: exit 2, with the usage line. */
export class UsageFailure extends Failure {
  constructor(message: string, hint?: string) {
    super('invalid', message, { hint });
  }
}
