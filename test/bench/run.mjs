// `npm run bench [-- NAME…] [--smoke]`: runs benches one after the other, each in a process of its own, prints a table and writes
// bench-results/<date>.json. Exit code 1 when a bench could not run; a missed target is shown, not an error.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = import.meta.dirname;
const root = resolve(folder, '../..');
const NOT_BENCHES = new Set(['harness.ts', 'statistics.ts']);

/** Ends a bench that hangs. Generous: it also covers making its repositories. */
const LIMIT_MS = 15 * 60_000;

const args = process.argv.slice(2);
if (args[0] === '--one') await runOne(args[1], args[2], args.includes('--smoke'));
else await runAll();

async function runAll() {
  const smoke = args.includes('--smoke');
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const known = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !NOT_BENCHES.has(name))
    .filter((name) => /^export const bench\b/m.test(readFileSync(join(folder, name), 'utf8')));
  const names = new Map(known.map((file) => [kebab(basename(file, '.ts')), file]));
  const unknown = wanted.filter((name) => !names.has(kebab(name)));
  if (unknown.length > 0) {
    console.error(`No such bench: ${unknown.join(', ')}. There are: ${[...names.keys()].join(', ')}`);
    process.exit(2);
  }
  const chosen = wanted.length === 0 ? [...names] : [...names].filter(([name]) => wanted.some((each) => kebab(each) === name));
  const report = {
    date: new Date().toISOString(),
    smoke,
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0], node: process.version, platform: process.platform },
    benches: [],
  };
  const temporary = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
  let failed = 0;
  const one = async ([name, file]) => {
    const out = join(temporary, `${name}.json`);
    const started = performance.now();
    const code = await child(['--one', file, out, ...(smoke ? ['--smoke'] : [])]);
    const ran = code === 0 && existsSync(out);
    const bench = ran ? JSON.parse(readFileSync(out, 'utf8')) : { name, target: '', results: [], failed: true };
    report.benches.push({ ...bench, seconds: Math.round((performance.now() - started) / 100) / 10 });
    if (!ran) failed += 1;
    print(bench, smoke);
  };
  await Promise.all(
    lanes(chosen, smoke).map(async (lane) => {
      for (const each of lane) await one(each);
    }),
  );
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(root, 'bench-results'), { recursive: true });
  const target = join(root, 'bench-results', `${report.date.replaceAll(':', '-').slice(0, 19)}${smoke ? '-smoke' : ''}.json`);
  writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
  const passed = chosen.length - failed;
  console.log(
    `\n${target.slice(root.length + 1)}\n${passed} benches ran, ${failed} could not run${smoke ? ' (smoke: sizes too small for targets)' : ''}`,
  );
  process.exit(failed === 0 ? 0 : 1);
}

/** One after the other, so that they measure. A smoke run measures nothing: those with containers and the others wait for different things. */
function lanes(chosen, smoke) {
  if (!smoke) return [chosen];
  const containers = ([, file]) => /deploySupport|support\/docker/.test(readFileSync(join(folder, file), 'utf8'));
  return [chosen.filter(containers), chosen.filter((each) => !containers(each))];
}

/** In the child: one bench, its results as JSON in a file. */
async function runOne(file, out, smoke) {
  const [{ BenchContext }, { bench }] = await Promise.all(
    ['harness.ts', file].map((name) => import(pathToFileURL(join(folder, name)).href)),
  );
  const ctx = new BenchContext(smoke);
  try {
    const results = await bench.run(ctx);
    writeFileSync(
      out,
      JSON.stringify({ name: bench.name, target: bench.target, results: results.map((result) => ({ ...result, met: met(result) })) }),
    );
  } finally {
    await ctx.dispose();
  }
  process.exit(0); // whatever a failed server left open must not keep the run waiting
}

function child(more) {
  return new Promise((done) => {
    const process_ = spawn(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', import.meta.filename, ...more], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const timer = setTimeout(() => process_.kill('SIGKILL'), LIMIT_MS);
    process_.once('exit', (code) => {
      clearTimeout(timer);
      done(code ?? -1);
    });
  });
}

function met({ target, ratio, ours }) {
  if (target === undefined) return undefined;
  const value = (ratio ?? ours).median;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

function print({ name, target, results, failed }, smoke) {
  console.log(`\n${name}  ${target}`);
  if (failed) return console.log('  could not run');
  const rows = [['', 'measure', 'ours', 'raw', 'ratio', 'target', 'met'], ...results.map((result) => row(result, smoke))];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  for (const cells of rows)
    console.log(cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '));
  for (const { note } of results) if (note) console.log(`  ${note}`);
}

function row({ measure, unit, ours, raw, ratio, target, met: reached }, smoke) {
  const aim = target === undefined ? '' : 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  return [
    '',
    measure,
    spread(ours, unit),
    raw === undefined ? '' : spread(raw, unit),
    ratio === undefined ? '' : spread(ratio, '×'),
    aim === '' ? '' : `${aim} ${ratio === undefined ? unit : '×'}`,
    reached === undefined ? '' : smoke ? '–' : reached ? 'yes' : 'NO',
  ];
}

/** `12.3 ms (11.9–13.0)`: median and the middle half. */
function spread({ median, low, high, count }, unit) {
  return `${number(median)} ${unit}${count > 1 ? ` (${number(low)}–${number(high)})` : ''}`;
}

function number(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Math.abs(value) > 0 && Math.abs(value) < 0.01 ? value.toPrecision(1) : value.toFixed(digits);
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/([a-z])(\d)/g, '$1-$2'); // diff10k → diff-10k
}
