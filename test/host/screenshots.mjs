// `npm run screenshots [-- SCENE …]`: pictures for the README, see screenshots.ts and scenes.ts.
import { hand, prepare } from './bootstrap.mjs';

prepare();
process.exitCode = await hand('test/host/screenshots.ts', process.argv.slice(2));
