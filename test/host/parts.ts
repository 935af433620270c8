// The parts of `npm test`, each its own process, summed up in one line (test/run.mjs says how to choose).
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { repository } from './bundle.ts';
import { temporaryFolder } from './provision.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Part {
  name: string;
  /** Also chosen by these words. */
  groups: string[];
  args(report: string, words: string[]): string[];
  /** What HEARTH_COVERAGE=1 counts: every process of a part costs time when it ends, so only as much as the floors need. */
  counts?: 'processes' | 'spawned' | 'pages';
  read(report: string): Counts;
  /** Runs at the same time as that part, which then gives way to it: windows mostly wait, and must not be late. Its output comes when both have ended. */
  beside?: string;
}

const vitest = join(repository, 'node_modules/vitest/vitest.mjs');

function vitestPart(name: string, groups: string[], where: string[], counts?: Part['counts']): Part {
  return {
    ...(counts && { counts }),
    name,
    groups,
    args: (report, words) => [vitest, 'run', ...words, ...where, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    read: (report) => {
      const json = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
      return {
        passed: json['numPassedTests'] ?? 0,
        failed: json['numFailedTests'] ?? 0,
        skipped: (json['numPendingTests'] ?? 0) + (json['numTodoTests'] ?? 0),
      };
    },
  };
}

const parts: Part[] = [
  vitestPart('unit', [], ['--dir', 'test/unit'], 'processes'),
  vitestPart('integration', [], ['--dir', 'test/integration'], 'spawned'),
  {
    ...vitestPart('ring2', ['e2e'], ['--config', 'test/host/vitest.page.config.mts', '--project', 'page'], 'pages'),
    beside: 'integration',
  },
  vitestPart('faults', [], ['--dir', 'test/faults']),
  {
    name: 'ring1',
    groups: ['e2e'],
    beside: 'faults',
    args: (_report, words) => ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', 'test/e2e/runTests.ts', ...words],
    read: (report) => JSON.parse(readFileSync(report, 'utf8')) as Counts,
  },
  vitestPart('ring3', ['e2e'], ['--config', 'test/host/vitest.page.config.mts', '--project', 'vsix']),
];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const known = new Set(parts.flatMap((part) => [part.name, ...part.groups]));
  const words = args.filter((arg) => !known.has(arg));
  const chosen = parts.filter(
    (part) => args.every((arg) => !known.has(arg)) || [part.name, ...part.groups].some((name) => args.includes(name)),
  );
  const scratch = temporaryFolder('reports');
  if (process.env['HEARTH_COVERAGE'] === '1') rmSync(join(repository, 'coverage'), { recursive: true, force: true });
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const together of inSteps(chosen)) {
      const all = await Promise.all(
        together.map((part, index) =>
          runPart(part, words, join(scratch, `${part.name}.json`), index > 0 ? 'quiet' : together.length > 1 ? 'yielding' : 'alone'),
        ),
      );
      for (const { output, counts } of all) {
        process.stdout.write(output);
        total.passed += counts.passed;
        total.failed += counts.failed;
        total.skipped += counts.skipped;
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** What runs one after the other, and what of it at the same time. */
function inSteps(chosen: readonly Part[]): Part[][] {
  const steps: Part[][] = [];
  for (const part of chosen) {
    const before = steps.at(-1);
    if (part.beside !== undefined && before?.[0]?.name === part.beside) before.push(part);
    else steps.push([part]);
  }
  return steps;
}

type Manner = 'alone' | 'yielding' | 'quiet';

/** `output` is what is still to be said: everything when it is `quiet`, else nothing. */
async function runPart(part: Part, words: string[], report: string, manner: Manner): Promise<{ counts: Counts; output: string }> {
  const lines: string[] = [];
  const say = (text: string) => (manner === 'quiet' ? lines.push(`${text}\n`) : console.log(text));
  say(`\n── ${part.name} ──`);
  const began = performance.now();
  const own = { ...coverage(part), HEARTH_E2E_REPORT: report, VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' };
  const code = await run(part.args(report, words), own, manner === 'quiet' ? lines : undefined, manner === 'yielding');
  say(`${part.name}: ${Math.round((performance.now() - began) / 1000)} s`);
  let counts: Counts;
  try {
    counts = part.read(report);
  } catch {
    counts = { passed: 0, failed: 0, skipped: 0 };
  }
  const { passed, failed, skipped } = counts;
  if (failed === 0 && passed + skipped === 0) {
    say(`${part.name}: no test ran`);
    counts = { ...counts, failed: 1 };
  } else if (failed === 0 && code !== 0) {
    // A file that could not be loaded, an error after the last test, a crash: not a failed test, but not a success either.
    say(`${part.name}: ended with code ${code}`);
    counts = { ...counts, failed: 1 };
  }
  return { counts, output: lines.join('') };
}

/** With `lines` the output is kept there instead of being shown. */
function run(args: string[], env: Record<string, string>, lines: string[] | undefined, yields: boolean): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: repository,
    stdio: lines === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  // Inherited by all that it starts.
  if (yields && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => lines?.push(text));
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    let late: NodeJS.Timeout | undefined;
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(late);
      for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(each, pass);
      if (signal) process.exit(130); // stopped by hand: do not start the next part
      resolve(code ?? 1);
    };
    child.on('close', end);
    // Whatever still holds its output open must not hold up the run.
    child.on('exit', (code, signal) => {
      late = setTimeout(end, 3000, code, signal);
    });
  });
}

function coverage({ counts }: Part): Record<string, string> {
  if (process.env['HEARTH_COVERAGE'] !== '1') return {};
  const folder = join(repository, 'coverage/raw');
  mkdirSync(folder, { recursive: true });
  if (counts === 'processes') return { HEARTH_SPAWNED_COVERAGE: folder };
  // Without vitest's own: it maps every module back after every file, and what the servers ran says the same.
  if (counts === 'spawned') return { HEARTH_COVERAGE: '', HEARTH_SPAWNED_COVERAGE: folder };
  return { HEARTH_COVERAGE: '', ...(counts === 'pages' && { HEARTH_PAGE_COVERAGE: folder }) };
}
