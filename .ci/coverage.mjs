// After `HEARTH_COVERAGE=1 npm test`: the share of lines of server/ and webviews/ that some test ran, spawned processes included.
// Fails under 70 % for either room. A line counts as run when any process ran it.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.dirname(import.meta.dirname);
const least = 70;
const rooms = ['server', 'webviews'];
const folder = path.join(root, 'coverage');

/** file → line → whether any process ran it. */
const lines = new Map();

function add(report) {
  for (const [file, { statementMap, s }] of Object.entries(report)) {
    const name = path.relative(root, file).replaceAll('\\', '/');
    const seen = lines.get(name) ?? new Map();
    lines.set(name, seen);
    for (const [id, { start }] of Object.entries(statementMap)) seen.set(start.line, (seen.get(start.line) ?? false) || s[id] > 0);
  }
}

for (const file of globSync('vitest-*/coverage-final.json', { cwd: folder }))
  add(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));

// Of the spawned processes only our own bundles matter; VS Code's take hundreds of megabytes.
const bundles = ['server', 'cli'].map((name) => pathToFileURL(path.join(root, `dist/${name}.js`)).href);
const raw = path.join(folder, 'bundles');
rmSync(raw, { recursive: true, force: true });
mkdirSync(raw, { recursive: true });
let kept = 0;
for (const file of globSync('raw/*.json', { cwd: folder })) {
  let result;
  try {
    result = JSON.parse(readFileSync(path.join(folder, file), 'utf8')).result;
  } catch {
    continue; // its process was killed while it wrote
  }
  const ours = result.filter(({ url }) => bundles.includes(url));
  if (ours.length > 0) writeFileSync(path.join(raw, `coverage-${kept++}.json`), JSON.stringify({ result: ours }));
}
if (kept > 0) {
  const args = [
    'report',
    '--temp-directory',
    raw,
    '--reporter',
    'json',
    '--reports-dir',
    path.join(folder, 'spawned'),
    '--exclude-after-remap',
    '--include',
    'server/**',
  ];
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/c8/bin/c8.js'), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`c8: ${stderr}`);
  add(JSON.parse(readFileSync(path.join(folder, 'spawned/coverage-final.json'), 'utf8')));
}

let failed = kept === 0;
if (failed) console.error('no spawned process left its coverage');
const listed = globSync('{server,webviews}/**/*.{ts,tsx}', { cwd: root });
for (const room of rooms) {
  let total = 0;
  let run = 0;
  const worst = [];
  for (const file of listed.filter((each) => each.startsWith(`${room}/`))) {
    const seen = [...(lines.get(file.replaceAll('\\', '/')) ?? new Map()).values()];
    const hit = seen.filter(Boolean).length;
    total += seen.length;
    run += hit;
    if (seen.length - hit > 0) worst.push([seen.length - hit, `${file} ${Math.round((hit / seen.length) * 100)} %`]);
  }
  const percent = total === 0 ? 0 : (run / total) * 100;
  if (total > 0 && percent < least) failed = true;
  console.log(
    `${percent >= least ? '✓' : '✗'} ${room}: ${percent.toFixed(1)} % of ${total} lines (${kept} spawned processes); at least ${least} %`,
  );
  if (percent < least || process.argv.includes('--verbose'))
    for (const [, text] of worst.sort((a, b) => b[0] - a[0]).slice(0, 15)) console.log(`    ${text}`);
}
process.exitCode = failed ? 1 : 0;
