import type { OptionSpec } from './command.ts';

/** Options that every command takes. */
export const commonOptions: OptionSpec = {
  repo: { type: 'string', value: 'DIR', help: 'the repository; paths are relative to it (default: the working directory)' },
  json: { type: 'boolean', help: 'print JSON' },
  untrusted: { type: 'boolean', help: 'run nothing that the repository configures' },
  verbose: { type: 'boolean', help: 'log to standard error' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
};
