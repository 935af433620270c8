// What runs, as a person looks into it: the output of containers as it comes, searched, filtered and saved; what they use; stopped and
// started; and what a deployment says of its migration and smoke tests. A real window on a real engine.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { deploy } from '../host/deployStory.ts';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { cli } from '../support/cli.ts';
import { describeDocker, dockerAddress } from '../support/docker.ts';
import { hubOf } from '../support/hubProcess.ts';
import { seriousViolations } from './diffPanelWindow.ts';
import { pressIn } from './rowButtons.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-runtime-')));
const folder = join(scratch, 'shop');
const project = `runs-${randomBytes(4).toString('hex')}`;
let code: Vscode;
let run: string;
let ran: PanelCoverage | undefined;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: folder, encoding: 'utf8' }).trim();
/** An engine takes its time on a busy machine. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 180_000 });
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await code.page.keyboard.press(key);
};

/** A web server, and a worker that says something hostile once and counts from then on, every third line an error. */
function write(): void {
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www/index.html'), '<title>Shop</title>\n');
  writeFileSync(
    join(folder, 'work.sh'),
    `printf '%b\\n' '<img src=x onerror=alert(1)> \\033[31mred\\033[0m \\342\\200\\256evil [x](command:workbench.action.quit)'
n=0
trap 'exit 0' TERM
while true; do
  n=$((n + 1))
  if [ $((n % 3)) = 0 ]; then echo "order $n is late" >&2; else echo "order $n is packed"; fi
  sleep 0.5
done
`,
  );
  writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox:1.36\nCOPY www /www\nCMD ["httpd", "-f", "-v", "-p", "8080", "-h", "/www"]\n');
  writeFileSync(join(folder, 'worker.Dockerfile'), 'FROM busybox:1.36\nCOPY work.sh /work.sh\nCMD ["sh", "/work.sh"]\n');
  writeFileSync(
    join(folder, 'hearth.yaml'),
    `version: 1
project: ${project}
services:
  web:
    build: .
    port: 8080
    resources: { memory: 64m }
    health: { http: /, interval: 200ms, timeout: 2s, healthy_for: 500ms, deadline: 120s }
    migrate: { run: "echo tables made", dry_run: "echo 2 tables" }
    smoke: [{ name: start page, http: /, contains: Shop }]
    stop_timeout: 1s
  worker:
    build: { dockerfile: worker.Dockerfile }
    health: { container: true, healthy_for: 500ms }
    stop_timeout: 1s
environments:
  staging: { docker: local, routing: none }
`,
  );
}

const rows = (panel: FrameLocator): Promise<string[]> => panel.locator('.log-row .log-text').allTextContents();
/** To the first line that is held; the end is not followed any more. */
const top = (panel: FrameLocator) => panel.locator('#lines').evaluate((lines) => lines.scrollTo(0, 0));
/** "12 lines". */
const count = async (panel: FrameLocator): Promise<number> =>
  Number.parseInt((await panel.locator('#lines').getAttribute('aria-label')) ?? '', 10);
const bar = (panel: FrameLocator, name: string) => panel.getByRole('button', { name, exact: true });

async function open(command: string, more: object = {}): Promise<FrameLocator> {
  await code.command('workbench.action.closeAllEditors');
  await code.command(command, { repository: folder, environment: 'staging', ...more });
  return code.webview();
}

describeDocker('what runs', () => {
  beforeAll(async () => {
    mkdirSync(folder);
    git('init', '-q', '-b', 'main');
    write();
    git('add', '-A');
    git('commit', '-q', '-m', 'A shop');
    code = await openVscode({
      folder,
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      viewport: { width: 1400, height: 900 },
      env: { DOCKER_HOST: await dockerAddress() },
    });
    code.page.setDefaultTimeout(60_000);
    ran = await countPanels(code.page);
    run = await deploy(code, folder, 'staging', 'HEAD');
  });
  afterAll(async () => {
    const home = code?.home;
    // Containers outlive a hub by design.
    const env = { HEARTH_HOME: home ?? '', DOCKER_HOST: await dockerAddress() };
    await cli(['deploy', 'remove', 'staging', '--yes'], { cwd: folder, env });
    await code?.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
    if (home !== undefined) expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
  });
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
  });
  afterEach(() => ran?.keep());

  test('a deployment says what its migration and its smoke tests came to', async () => {
    await code.command('hearth.deploy.openPanel', { repository: folder, run, service: 'web' });
    const panel = await code.webview();
    await eventually(() => panel.locator('.part.smoke').textContent()).toMatch(/Smoke tests 1 of 1 passed.*start page/);
    await eventually(() => panel.locator('.part.migration').textContent()).toContain('Done');
    expect(await seriousViolations(code.page)).toEqual([]);
    await panel.locator('.service-tab', { hasText: 'worker' }).click();
    await eventually(() => panel.locator('.part').count()).toBe(0);
    await bar(panel, 'Output').click();
    await eventually(() => code.page.locator('.tab.active').textContent()).toContain('Output of staging');
  });

  test('output comes by itself; what a container prints is text; errors, services and searches are told apart by keys', async () => {
    const panel = await open('hearth.runtime.output');
    await panel.locator('.log-row').first().waitFor();
    // A line that comes at the same moment takes the view to the end once more.
    const fromTop = async (): Promise<string[]> => {
      await top(panel);
      return rows(panel);
    };
    await eventually(fromTop).toContain('order 1 is packed');
    await eventually(async () => (await fromTop()).find((text) => text.includes('<img'))).toBe(
      '<img src=x onerror=alert(1)> red evil [x](command:workbench.action.quit)',
    );
    expect(await panel.locator('img').count()).toBe(0);
    const before = await count(panel);
    await eventually(() => count(panel)).toBeGreaterThan(before);
    await eventually(() => panel.locator('.log-row.stderr .log-text', { hasText: 'late' }).count()).toBeGreaterThan(0);
    expect(await panel.locator('.log-row.stderr .log-text', { hasText: 'packed' }).count()).toBe(0);
    expect(await seriousViolations(code.page)).toEqual([]);

    await panel.locator('#lines').focus();
    await press('/');
    await code.page.keyboard.type('order \\d+ is late');
    await press('Escape', '/');
    await code.page.keyboard.type('order [0-9]+ is late');
    await eventually(() => panel.locator('.find-count').textContent()).toBe('No match');
    await panel.locator('#lines').focus();
    await press('x');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^1 of \d+$/);
    await press('n');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^2 of \d+$/);
    await eventually(() => panel.locator('.log-row.current mark').count()).toBe(1);
    await press('l');
    await eventually(async () => {
      const shown = await rows(panel);
      return shown.length > 0 && shown.every((text) => /^order \d+ is late$/.test(text));
    }).toBe(true);
    await press('l');

    await panel.locator('#find').fill('');
    await panel.locator('.chip', { hasText: 'web' }).click();
    await eventually(async () => (await rows(panel)).some((text) => text.startsWith('order'))).toBe(false);
    await eventually(() => panel.locator('.chip', { hasText: 'web' }).getAttribute('aria-pressed')).toBe('true');
    await panel.locator('.chip', { hasText: 'All services' }).click();
    await eventually(async () => (await rows(panel)).some((text) => text.startsWith('order'))).toBe(true);
    await press('?');
    await panel.getByRole('heading', { name: 'Keys' }).waitFor();
    await press('Escape');
  });

  test('what is shown is saved as a file, the whole of it', async () => {
    const file = join(scratch, 'errors.log');
    const wanted = { services: ['worker'], stream: 'stderr', search: 'late', tail: 0, regex: false };
    const saved = await code.command('hearth.runtime.saveOutput', { repository: folder, environment: 'staging', wanted, to: file });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(Number(saved));
    expect(lines[0]).toMatch(/^\S+Z hearth-runs-\S+-worker-\S+ stderr order 3 is late$/);
    expect(lines.every((line) => line.includes(' stderr '))).toBe(true);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  test('resources: each container with what it uses and may use; disk and builds; stopped and started from here', async () => {
    const panel = await open('hearth.runtime.resources');
    const container = (name: string) => panel.locator('tr.container', { hasText: name });
    await container('web').waitFor();
    await eventually(() => container('web').textContent()).toMatch(/iB of 64 MiB/);
    await eventually(() => container('worker').locator('.spark polyline').first().getAttribute('points')).toMatch(/ /);
    await eventually(() => panel.getByRole('region', { name: 'Disk' }).textContent()).toContain('Build cache');
    const builds = panel.getByRole('region', { name: 'Builds' }).locator('tbody tr');
    await eventually(() => builds.count()).toBe(2);
    await eventually(() => builds.first().textContent()).toMatch(/Built.*A shop/);
    expect(await seriousViolations(code.page)).toEqual([]);

    await code.evaluate(async (vscode) => {
      const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
      (await api.shell).confirm.ask = async () => 'action';
    });
    await panel.getByRole('button', { name: 'Stop worker' }).click();
    await eventually(() => container('worker').textContent()).toContain('Stopped on purpose');
    const row = code.page.locator('.pane-body [role="treeitem"]', { hasText: 'worker' }).first();
    await code.command('hearth.environments.focus');
    await eventually(() => row.textContent()).toContain('stopped');
    await pressIn(row, 'Start Service…', () => row.filter({ hasNotText: 'stopped' }).isVisible());
    await eventually(() => container('worker').textContent()).toMatch(/iB/);
    await panel.locator('.title').click();
    await press('j', 'j', 'o');
    await eventually(() => code.page.locator('.tab.active').textContent()).toContain('Output of staging');
  });
});
