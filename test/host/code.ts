// Takes the command line of desktop VS Code and does the same with the real VS Code web server and a headless browser, so that
// `runTests({ vscodeExecutablePath: 'test/host/code', … })` of @vscode/test-electron drives it. Exits with the suite's exit code.
//
//   test/host/code --extensionDevelopmentPath=/abs/repo --extensionTestsPath=/abs/suite.cjs [--user-data-dir=DIR] [--disable-workspace-trust] FOLDER|FILE.code-workspace
//
// Environment: HEARTH_HOST_SETTINGS (JSON object of further user settings), HEARTH_HOST_VERBOSE=1 (VS Code's own messages),
// HEARTH_HOST_SCREENSHOT (file: the window as it was when the suite ended), HEARTH_HOST_TIMEOUT (seconds a suite may take, 900).
import { resolve } from 'node:path';
import { openBrowser, openPage } from './browser.ts';
import { testEnvironment } from './environment.ts';
import { startServer } from './server.ts';

interface CommandLine {
  development: string[];
  tests?: string;
  /** test-electron always passes one; the server's own data folder is made inside it. */
  userData?: string;
  trust: boolean;
  target: { folder?: string; workspace?: string };
}

process.exitCode = await main(parse(process.argv.slice(2)));

async function main(line: CommandLine): Promise<number> {
  if (!line.tests) {
    console.error('test/host/code runs test suites only: --extensionTestsPath=FILE is missing. To look around, use `npm start`.');
    return 2;
  }
  const verbose = process.env['HEARTH_HOST_VERBOSE'] === '1';
  const settings = JSON.parse(process.env['HEARTH_HOST_SETTINGS'] || '{}') as Record<string, unknown>;
  const { env, extensionEnvironment, remove } = testEnvironment();
  const server = await startServer({
    trust: line.trust,
    driver: true,
    settings,
    env,
    ...(line.userData ? { dataFolder: resolve(line.userData, 'server') } : {}),
    ...(verbose ? { onOutput: (text: string) => console.error(text) } : {}),
  });
  const browser = await openBrowser();
  try {
    const address = server.url({
      ...line.target,
      extensionDevelopmentPath: line.development,
      extensionTestsPath: line.tests,
      ...(extensionEnvironment ? { extensionEnvironment } : {}),
    });
    const { page, suite, log } = await openPage(browser, address, { onLog: printSuiteLine });
    const code = await withinTime(suite, Number(process.env['HEARTH_HOST_TIMEOUT'] || 900));
    const screenshot = process.env['HEARTH_HOST_SCREENSHOT'];
    if (screenshot) await page.screenshot({ path: screenshot });
    if (verbose) console.error(log.join('\n'));
    return code;
  } finally {
    await browser.close();
    await server.close();
    await remove();
  }
}

/** The suite marks its own lines (test/e2e/suite/index.ts); everything else in that console is other people's. */
function printSuiteLine(line: string): void {
  const mark = line.indexOf('[suite] ');
  if (mark >= 0 && !line.startsWith('page ')) console.log(line.slice(mark + '[suite] '.length));
}

function withinTime(suite: Promise<number>, seconds: number): Promise<number> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`the suite did not end within ${seconds} s`)), seconds * 1000);
    suite.then(done, failed).finally(() => clearTimeout(timer));
  });
}

function parse(args: string[]): CommandLine {
  const line: CommandLine = { development: [], trust: true, target: {} };
  for (const arg of args) {
    const [, name, value = ''] = /^--([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === 'extensionDevelopmentPath') line.development.push(resolve(value));
    else if (name === 'extensionTestsPath') line.tests = resolve(value);
    else if (name === 'user-data-dir') line.userData = value;
    else if (name === 'disable-workspace-trust') line.trust = false;
    else if (name === undefined && arg.endsWith('.code-workspace')) line.target = { workspace: resolve(arg) };
    else if (name === undefined) line.target = { folder: resolve(arg) };
    // every other option of desktop VS Code (sandbox, GPU, updates …) has no meaning here
  }
  return line;
}
