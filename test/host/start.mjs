// `npm start`: installs, builds, and opens the sample repository with Hearth in a real VS Code; see start.ts.
import { hand, prepare } from './bootstrap.mjs';

prepare();
process.exitCode = await hand('test/host/start.ts', process.argv.slice(2));
