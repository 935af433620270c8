// Starts mocha inside the extension host; the file named in `extensionTestsPath` is the bundle of this one. Which test files, which
// tests and where the report goes comes through the environment (test/e2e/runTests.ts).
import { writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';

export interface SuiteReport {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
}

export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  const files = JSON.parse(process.env['HEARTH_E2E_FILES'] ?? '[]') as string[];
  const grep = process.env['HEARTH_E2E_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false, ...(grep ? { grep } : {}) });
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    for (const line of format(...args).split('\n')) console.log(`[suite] ${line}`);
  };
  for (const file of files) mocha.addFile(file);
  const report: SuiteReport = { passed: 0, failed: 0, skipped: 0, failures: [] };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', () => report.passed++);
    runner.on('pending', () => report.skipped++);
    runner.on('fail', (test, error: Error) => {
      report.failed++;
      report.failures.push(`${test.fullTitle()}: ${error.message}`);
    });
  });
  const reportFile = process.env['HEARTH_E2E_REPORT'];
  if (reportFile) writeFileSync(reportFile, JSON.stringify(report));
  if (report.failed > 0) throw new Error(`${report.failed} tests failed`);
  if (report.passed + report.skipped === 0) throw new Error('no test ran');
}
