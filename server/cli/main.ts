import { runCli } from './cli.ts';

runCli(process.argv.slice(2)).then(
  (code) => {
    // Interrupted: what nobody reads is not waited for. Else set, not exited: what is still buffered for a pipe must be written.
    if (code === 130) process.exit(code);
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
