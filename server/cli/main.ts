import { runCli } from './cli.ts';

runCli(process.argv.slice(2)).then(
  (code) => {
    // Set, not exited: what is still buffered for a pipe must be written.
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
