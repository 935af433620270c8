// Checks the import rules of .dependency-cruiser.cjs, and the check itself: it must have read every module that git lists, and it must
// report violations that are planted for it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const rooms = ['extension', 'server', 'webviews'];

function cruise() {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      ...rooms,
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 256 << 20 },
  );
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`dependency-cruiser gave no report: ${stderr}`);
  }
}

/** One file per rule that must be refused. */
const planted = {
  'extension/plantedViolation.ts': ["import '../server/rpc/failure.ts';", 'shell-and-panels-know-only-the-contract'],
  'server/protocol/plantedViolation.ts': ["import '../git/process.ts';", 'contract-imports-no-domain'],
  'server/work/plantedViolation.ts': ["import '../git/process.ts';", 'domains-meet-through-their-index'],
  'server/rpc/plantedViolation.ts': ["import 'node:child_process';", 'only-the-gateway-starts-processes'],
  'server/rpc/plantedCycleA.ts': ["import { b } from './plantedCycleB.ts';\nexport const a = () => b;", 'no-cycles'],
  'server/rpc/plantedCycleB.ts': ["import { a } from './plantedCycleA.ts';\nexport const b = () => a;", undefined],
};

const problems = [];
const report = cruise();
const read = new Set(report.modules.map(({ source }) => source));
const listed = execFileSync(
  'git',
  ['ls-files', '-z', '--', ...rooms.map((room) => `${room}/**/*.ts`), ...rooms.map((room) => `${room}/**/*.tsx`)],
  { cwd: root, encoding: 'utf8' },
)
  .split('\0')
  .filter((file) => file !== '' && !file.endsWith('.d.ts'));
const missed = listed.filter((file) => !read.has(file));
if (listed.length === 0 || missed.length > 0)
  problems.push(`the check did not read ${missed.length} of ${listed.length} modules: ${missed.slice(0, 5).join(', ')}`);
for (const { rule, from, to, cycle } of report.summary.violations) {
  problems.push(`${rule.name}: ${from} → ${cycle ? cycle.map(({ name }) => name).join(' → ') : to}`);
}

const folders = [];
try {
  for (const [file, [text]] of Object.entries(planted)) {
    const made = mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    if (made !== undefined) folders.push(made);
    writeFileSync(path.join(root, file), `${text}\n`);
  }
  const found = cruise().summary.violations;
  for (const [file, [, rule]] of Object.entries(planted)) {
    if (rule !== undefined && !found.some((each) => each.from === file && each.rule.name === rule))
      problems.push(`the planted violation of "${rule}" in ${file} was not reported`);
  }
} finally {
  for (const file of Object.keys(planted)) rmSync(path.join(root, file), { force: true });
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

for (const problem of problems) console.error(problem);
console.log(`${listed.length} modules, ${Object.keys(planted).length} planted violations`);
process.exitCode = problems.length === 0 ? 0 : 1;
