// The parts of `npm test`, each its own process, summed up in one line (test/run.mjs says how to choose).
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
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
  counts?: 'processes' | 'pages';
  read(report: string): Counts;
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
  vitestPart('integration', [], ['--dir', 'test/integration'], 'processes'),
  vitestPart('faults', [], ['--dir', 'test/faults']),
  {
    name: 'ring1',
    groups: ['e2e'],
    args: (_report, words) => ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', 'test/e2e/runTests.ts', ...words],
    read: (report) => JSON.parse(readFileSync(report, 'utf8')) as Counts,
  },
  vitestPart('ring2', ['e2e'], ['--config', 'test/host/vitest.page.config.mts', '--project', 'page'], 'pages'),
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
    for (const part of chosen) {
      const counts = await runPart(part, words, join(scratch, `${part.name}.json`));
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function runPart(part: Part, words: string[], report: string): Promise<Counts> {
  console.log(`\n── ${part.name} ──`);
  const began = performance.now();
  const code = await run(part.args(report, words), {
    ...coverage(part),
    HEARTH_E2E_REPORT: report,
    VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true',
  });
  console.log(`${part.name}: ${Math.round((performance.now() - began) / 1000)} s`);
  let counts: Counts;
  try {
    counts = part.read(report);
  } catch {
    counts = { passed: 0, failed: 0, skipped: 0 };
  }
  const { passed, failed, skipped } = counts;
  if (failed === 0 && passed + skipped === 0) {
    console.log(`${part.name}: no test ran`);
    return { ...counts, failed: 1 };
  }
  // A file that could not be loaded, an error after the last test, a crash: not a failed test, but not a success either.
  if (failed === 0 && code !== 0) {
    console.log(`${part.name}: ended with code ${code}`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

function run(args: string[], env: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: repository, stdio: 'inherit', env: { ...process.env, ...env } });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(each, pass);
      if (signal) process.exit(130); // stopped by hand: do not start the next part
      resolve(code ?? 1);
    });
  });
}

function coverage({ counts }: Part): Record<string, string> {
  if (process.env['HEARTH_COVERAGE'] !== '1') return {};
  const folder = join(repository, 'coverage/raw');
  mkdirSync(folder, { recursive: true });
  if (counts === 'processes') return { NODE_V8_COVERAGE: folder };
  return { HEARTH_COVERAGE: '', ...(counts === 'pages' && { HEARTH_PAGE_COVERAGE: folder }) };
}
