// Starts mocha inside the extension host; the file named in `extensionTestsPath` is the bundle of this one. Which test files, which
// tests and where the report goes comes through the environment (test/e2e/runTests.ts).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export interface SuiteReport {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
}

export async function run(): Promise<void> {
  try {
    await runMocha();
  } catch (error) {
    print(error instanceof Error ? sourceStack(error) : String(error));
    throw error;
  }
}

async function runMocha(): Promise<void> {
  const files = JSON.parse(process.env['HEARTH_E2E_FILES'] ?? '[]') as string[];
  const grep = process.env['HEARTH_E2E_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: 240_000, color: false, ...(grep ? { grep } : {}) });
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => print(format(...args));
  for (const file of files) mocha.addFile(file);
  const report: SuiteReport = { passed: 0, failed: 0, skipped: 0, failures: [] };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', () => report.passed++);
    runner.on('pending', () => report.skipped++);
    runner.on('fail', (test, error: Error) => {
      report.failed++;
      report.failures.push(`${test.fullTitle()}: ${error.message}`);
      error.stack = sourceStack(error);
    });
  });
  const reportFile = process.env['HEARTH_E2E_REPORT'];
  if (reportFile) writeFileSync(reportFile, JSON.stringify(report));
  if (report.failed > 0) throw new Error(`${report.failed} tests failed`);
  if (report.passed + report.skipped === 0) throw new Error('no test ran');
}

/** Marked, because the console of the extension host is everybody's; the host prints only these lines. */
function print(text: string): void {
  for (const line of text.split('\n')) console.log(`[suite] ${line}`);
}

/** The extension host makes its own stack traces and so turns Node's source maps off; this does their work. Mocha has made paths relative. */
function sourceStack(error: Error): string {
  return (error.stack ?? error.message).replace(
    /([^\s():]+\/part\d+\.cjs):(\d+):(\d+)/g,
    (place, file: string, line: string, column: string) => {
      const found = mapOf(resolve(file))?.findEntry(Number(line) - 1, Number(column) - 1);
      if (!found || !('originalSource' in found)) return place;
      const source = resolve(dirname(file), found.originalSource);
      return `${relative(process.env['HEARTH_REPOSITORY'] ?? '', source)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    },
  );
}

function mapOf(bundle: string): SourceMap | undefined {
  if (!existsSync(bundle)) return undefined;
  const inline = readFileSync(bundle, 'utf8').split('sourceMappingURL=data:application/json;base64,').at(-1) ?? '';
  try {
    return new SourceMap(JSON.parse(Buffer.from(inline, 'base64').toString()));
  } catch {
    return undefined; // a bundle without a map
  }
}
