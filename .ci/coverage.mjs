// After `HEARTH_COVERAGE=1 npm test`: the share of lines of server/ and webviews/ that some test ran, spawned processes included.
// Fails under a room's floor. A line counts as run when any process ran it.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eachMapping, TraceMap } from '@jridgewell/trace-mapping';

const root = path.dirname(import.meta.dirname);
const floors = { server: 70, webviews: 70 };
const rooms = Object.keys(floors);
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

// Of spawned processes and pages only our own bundles matter. V8 gives ranges of the bundle; each mapped position of it belongs to a source
// line. Both leave the same format behind (test/host/panelCoverage.ts writes that of the pages).
const ran = { server: 0, webviews: 0 };
const bundles = new Map();
for (const name of Object.keys(JSON.parse(readFileSync(path.join(root, 'dist/meta.json'), 'utf8')).outputs)) {
  if (!name.endsWith('.js') || /^dist\/(extension|client)\.js$/.test(name)) continue;
  const bundle = path.join(root, name);
  const positions = mappedPositions(path.dirname(name), readFileSync(bundle, 'utf8'), new TraceMap(readFileSync(`${bundle}.map`, 'utf8')));
  bundles.set(pathToFileURL(bundle).href, {
    room: name.startsWith('dist/webviews/') ? 'webviews' : 'server',
    positions,
    hit: new Uint8Array(positions.length),
  });
}
for (const file of globSync('raw/*.json', { cwd: folder })) {
  let result;
  try {
    result = JSON.parse(readFileSync(path.join(folder, file), 'utf8')).result;
  } catch {
    continue; // its process was killed while it wrote
  }
  for (const { url, functions } of result) {
    const bundle = bundles.get(url);
    if (bundle === undefined) continue;
    ran[bundle.room]++;
    markRun(bundle.positions, functions, bundle.hit);
  }
}
for (const { room, positions, hit } of bundles.values()) {
  if (ran[room] === 0) continue;
  positions.forEach(({ source, line }, index) => {
    if (!rooms.some((each) => source.startsWith(`${each}/`))) return;
    const seen = lines.get(source) ?? new Map();
    lines.set(source, seen);
    seen.set(line, (seen.get(line) ?? false) || hit[index] === 1);
  });
}

/** Every mapped position of a bundle, in order: its offset and the source line it stands for. Sources are named as seen from `base`. */
function mappedPositions(base, text, map) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const positions = [];
  eachMapping(map, ({ generatedLine, generatedColumn, source, originalLine }) => {
    if (source === null) return;
    positions.push({
      offset: starts[generatedLine - 1] + generatedColumn,
      source: path.posix.normalize(path.posix.join(base, source)),
      line: originalLine,
    });
  });
  return positions.sort((a, b) => a.offset - b.offset);
}

/** Marks the positions that ran: V8's ranges nest, and the innermost one decides. */
function markRun(positions, functions, hit) {
  const ranges = functions.flatMap((each) => each.ranges).sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const open = [];
  let next = 0;
  for (let index = 0; index < positions.length; index++) {
    const { offset } = positions[index];
    for (; next < ranges.length && ranges[next].startOffset <= offset; next++) {
      while (open.length > 0 && open.at(-1).endOffset <= ranges[next].startOffset) open.pop();
      open.push(ranges[next]);
    }
    while (open.length > 0 && open.at(-1).endOffset <= offset) open.pop();
    if ((open.at(-1)?.count ?? 0) > 0) hit[index] = 1;
  }
}

let failed = false;
const listed = globSync('{server,webviews}/**/*.{ts,tsx}', { cwd: root });
for (const [room, least] of Object.entries(floors)) {
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
  if (ran[room] === 0) console.error(`no ${room === 'server' ? 'spawned process' : 'page'} left its coverage of ${room}/`);
  if (ran[room] === 0 || percent < least) failed = true;
  console.log(
    `${percent >= least ? '✓' : '✗'} ${room}: ${percent.toFixed(1)} % of ${total} lines (${ran[room]} ${room === 'server' ? 'spawned processes' : 'reports of pages'}); at least ${least} %`,
  );
  if (percent < least || process.argv.includes('--verbose'))
    for (const [, text] of worst.sort((a, b) => b[0] - a[0]).slice(0, 15)) console.log(`    ${text}`);
}
process.exitCode = failed ? 1 : 0;
