// `npm run check`: types, lint and format, import rules, unused code, the manifest. Every step runs; the exit code says whether all passed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const bin = (name) => path.join(root, 'node_modules', name);
const steps = [
  ['types', [bin('typescript-native/bin/tsc'), '-p', 'tsconfig.json', '--noEmit']],
  ['lint and format', [bin('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '--max-diagnostics=30', '--error-on-warnings', '.']],
  ['import rules', ['.ci/imports.mjs']],
  ['unused code', [bin('knip/bin/knip.js')]],
  ['manifest', ['.ci/manifest.mjs']],
];

const only = process.argv.slice(2);
let failed = 0;
for (const [name, args] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  const passed = status === 0;
  if (!passed) failed++;
  console.log(`${passed ? '✓' : '✗'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!passed) console.log(`${stdout}${stderr}${error ?? ''}`.trimEnd());
}
process.exitCode = failed === 0 ? 0 : 1;
