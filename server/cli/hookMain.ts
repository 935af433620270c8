import { runHookProgram } from './hookRun.ts';

/** `dist/hook.js`: `hearth hook run …` without the rest of the command line, which takes longer to load than the checks to run. */
runHookProgram(process.argv.slice(4)).then((code) => {
  // Somebody waits: not for git processes that are told to end. Only on Windows what was printed may still be on its way.
  if (process.platform === 'win32') process.exitCode = code;
  else process.exit(code);
});
