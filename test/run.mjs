// `npm test`: everything, in order. `npm test -- PART … [WORD …]` runs only these parts, and of them only files whose path contains a word:
//
//   npm test -- unit          npm test -- integration blame          npm test -- e2e          npm test -- ring2 diffPanel
//
// Parts: unit, integration, faults, ring1, ring2, ring3 (see test/host/README.md); `e2e` means the three rings. The last line is always
// `N passed, N failed, N skipped`. HEARTH_COVERAGE=1 collects V8 coverage in coverage/raw: of every process of unit and
// integration, and of the panels in ring2.
import { hand, prepare } from './host/bootstrap.mjs';

prepare();
process.exitCode = await hand('test/host/parts.ts', process.argv.slice(2));
