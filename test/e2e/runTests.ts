// Ring 1: builds the extension, opens a fresh sample repository in a real VS Code and runs test/e2e/*.test.ts inside its extension host.
//
//   node test/e2e/runTests.ts                 everything
//   node test/e2e/runTests.ts blame history   only files whose name contains one of these words
//   HEARTH_E2E_GREP='hover' node test/e2e/runTests.ts      only tests whose title matches
//
// HEARTH_TEST_VSCODE: `host` (our own, default on Linux), `download` (desktop VS Code; default elsewhere) or the path of an executable.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { bundleForHost, repository } from '../host/bundle.ts';
import { temporaryFolder } from '../host/provision.ts';
import { createSample } from '../sample/createSample.mjs';
import { dockerAddress, endDocker, noDocker } from '../support/dockerEngine.ts';
import type { SuiteReport } from './suite/index.ts';

const words = process.argv.slice(2);
process.exitCode = await main();

async function main(): Promise<number> {
  if (process.env['HEARTH_BUILT'] !== '1') {
    const build = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: repository, stdio: 'inherit' });
    if (build.status !== 0) return 1;
  }
  const names = readdirSync(join(repository, 'test/e2e'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word))).sort();
  if (chosen.length === 0) {
    console.error(`no file in test/e2e matches ${words.join(' ')}`);
    return 1;
  }
  const entries = ['suite/index.ts', ...chosen].map((name) => join(repository, 'test/e2e', name));
  // Skipped where there can be no engine, but never in CI.
  const docker = chosen.some((name) => /^(deploy|monitor)/.test(name)) && (noDocker === undefined || process.env['HEARTH_CI'] === '1');
  const bundle = await bundleForHost(entries);
  const scratch = temporaryFolder('e2e');
  const sample = join(scratch, 'shop');
  const report = process.env['HEARTH_E2E_REPORT'] ?? join(scratch, 'report.json');
  try {
    await createSample(sample);
    if (docker) process.env['HEARTH_TEST_DOCKER_HOST'] = await dockerAddress();
    const [suite = '', ...files] = bundle.files;
    process.env['HEARTH_HOST_TIMEOUT'] ??= '1800';
    const executable = vscodeExecutable();
    await runTests({
      ...(executable ? { vscodeExecutablePath: executable } : {}),
      extensionDevelopmentPath: repository,
      extensionTestsPath: suite,
      launchArgs: [sample, `--user-data-dir=${join(scratch, 'user-data')}`, `--extensions-dir=${join(scratch, 'extensions')}`],
      extensionTestsEnv: {
        HEARTH_REPOSITORY: repository,
        HEARTH_E2E_FILES: JSON.stringify(files),
        HEARTH_E2E_REPORT: report,
        HEARTH_SAMPLE: sample,
      },
    });
    // The exit code already failed the run when a test did; a missing report means that no test ran at all.
    const { passed, skipped } = JSON.parse(readFileSync(report, 'utf8')) as SuiteReport;
    console.log(`${passed} passed, ${skipped} skipped in VS Code`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    bundle.remove();
    await endDocker();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

function vscodeExecutable(): string | undefined {
  const choice = process.env['HEARTH_TEST_VSCODE'] ?? (process.platform === 'linux' ? 'host' : 'download');
  if (choice === 'download') return undefined;
  return choice === 'host' ? join(repository, 'test/host/code') : choice;
}
