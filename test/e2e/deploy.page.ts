// The Environments view as a person uses it: from a folder with a Dockerfile to a service that is live, replaced, and rolled back, with a
// real Docker engine behind it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { focusedRow, insist, runCommand } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { describeDocker, dockerAddress } from '../support/docker.ts';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';
import { pointAt, pressIn } from './rowButtons.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-deploy-')));
const folder = join(scratch, 'garden');
let code: Vscode;

const config = `version: 1
project: garden
services:
  site:
    build: .
    port: 8080
    health: { http: /healthz, interval: 200ms, timeout: 2s, healthy_for: 1s, deadline: 120s }
    drain: 1s
    stop_timeout: 1s
environments:
  production: { docker: local, routing: none }
  far: { docker: "unix:///nowhere/docker.sock", routing: none }
`;

const git = (...args: string[]): string => patientGit(folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args);
const commit = (subject: string): string => {
  git('add', '-A');
  git('commit', '-q', '-m', subject);
  return git('rev-parse', '--short=7', 'HEAD').trim();
};
/** An engine that builds and starts takes its time on a busy machine. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 180_000 });
const row = (text: string): Locator => code.page.locator('.pane-body [role="treeitem"]', { hasText: text });
const statusItem = (): Locator => code.page.locator('.statusbar-item', { hasText: 'production' });

describeDocker('environments', () => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'site'), { recursive: true });
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM busybox:1.36\nCOPY site /www\nEXPOSE 8080\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n',
    );
    writeFileSync(join(folder, 'site/healthz'), 'ok\n');
    git('init', '-q', '-b', 'main');
    commit('A garden');
    code = await openVscode({
      folder,
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      viewport: { width: 1400, height: 1000 },
      env: { DOCKER_HOST: await dockerAddress() },
    });
    code.page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    const home = code?.home;
    // Containers outlive a hub by design.
    await remove().catch(() => {});
    await code?.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
    if (home !== undefined) expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
  });
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
  });

  test('without hearth.yaml the view offers to make one of what is there', async () => {
    await runCommand(code.page, 'Hearth: Focus on Environments View');
    const welcome = code.page.locator('.welcome-view-content', { hasText: 'Nothing is deployed from here (found: Dockerfile).' });
    await welcome.waitFor();
    await code.page.locator('.welcome-view-content a.monaco-button', { hasText: 'Create hearth.yaml' }).click();
    await code.page.locator('.tab.active', { hasText: 'hearth.yaml' }).waitFor();
    await code.command('workbench.action.files.save');
    await eventually(() => existsSync(join(folder, 'hearth.yaml')) && readFileSync(join(folder, 'hearth.yaml'), 'utf8')).toContain(
      'garden',
    );
    await code.command('workbench.action.closeAllEditors');
  });

  test('environments are there as soon as they are committed; one out of reach says why', async () => {
    writeFileSync(join(folder, 'hearth.yaml'), config);
    commit('Say how to deploy');
    await row('production').filter({ hasText: 'nothing live' }).first().waitFor();
    await row('far').filter({ hasText: 'out of reach' }).first().waitFor();
    await eventually(() => row('far').first().getAttribute('aria-label')).toContain('Environment far, nothing live · out of reach');
    expect(await statusItem().count()).toBe(0);
  });

  test('Deploy… shows the plan first; the service goes live and the status bar says so', async () => {
    const before = git('rev-parse', '--short=7', 'HEAD').trim();
    await insist(async () => {
      await row('Nothing is deployed here yet').first().click({ timeout: 5000 });
      await listed('HEAD').waitFor({ timeout: 5000 });
    });
    await choose('HEAD');
    const panel = await code.webview();
    await panel.getByRole('heading', { name: 'What happens' }).waitFor();
    expect(await row('site').count()).toBe(0);
    await start(panel);
    await row('site').filter({ hasText: before }).first().waitFor({ timeout: 120_000 });
    await eventually(() => row('production').first().textContent()).toContain('healthy');
    await eventually(() => statusItem().textContent()).toContain('production 1/1');
    await eventually(() => statusItem().getAttribute('aria-label')).toContain('production: healthy, 1 of 1 services healthy');
  });

  test('a next version from the row of the environment; its subject is text wherever it shows', async () => {
    writeFileSync(join(folder, 'site/index.html'), '<h1>Garden</h1>\n');
    const next = commit('<img src=x onerror=alert(1)> $(trash) **bold** [x](command:workbench.action.quit)');
    await pressIn(row('production').first(), 'Deploy…', () => listed('HEAD').isVisible());
    await choose('HEAD');
    await start(await code.webview());
    await eventually(() => row('site').first().textContent()).toContain(next);
    await eventually(() => row('site').first().textContent()).not.toContain('→');
    const release = row('<img src=x onerror=alert(1)> $(trash) **bold**');
    await insist(async () => {
      if ((await row('site').first().getAttribute('aria-expanded')) !== 'true')
        await row('site').first().locator('.monaco-tl-twistie').click({ timeout: 5000 });
      await release.first().waitFor({ timeout: 5000 });
    });
    expect(await release.locator('img, b, strong, a[href]').count()).toBe(0);
    const hover = code.page.locator('.monaco-hover', { hasText: 'site' });
    await pointAt(statusItem(), hover.locator('a', { hasText: 'Open' }));
  });

  test('Roll Back… in the row of the service goes back to the release that is picked', async () => {
    const first = git('rev-parse', '--short=7', 'HEAD~1').trim();
    await code.page.mouse.move(700, 500);
    await row('site').first().hover();
    // What is on its way can be canceled, what is live can go back; never both.
    expect(await row('site').first().getByRole('button', { name: 'Cancel Deployment' }).count()).toBe(0);
    await pressIn(row('site').first(), 'Roll Back…', () => listed('Say how to deploy').isVisible());
    await choose('Say how to deploy');
    await eventually(() => row('site').first().textContent()).toContain(first);
    await eventually(() => row('site').first().textContent()).not.toContain('→');
    await eventually(() => row('production').first().textContent()).toContain('healthy');
    const activity = await events();
    expect(activity).toContain('rollback');
  });

  function listed(text: string): Locator {
    return code.page.locator('.quick-input-list .monaco-list-row:visible', { hasText: text }).first();
  }

  /** Presses Deploy until it starts: the plan is made again when a commit is heard of, and for that moment the button is off. */
  async function start(panel: FrameLocator): Promise<void> {
    const button = panel.getByRole('button', { name: 'Deploy', exact: true });
    await button.waitFor();
    await insist(async () => {
      if (await button.isVisible()) await button.click({ timeout: 5000 });
      await panel.locator('.phase').first().waitFor({ timeout: 8000 });
    });
  }

  /** Takes a row of the open list by its name and Enter: the list may still move under a mouse. */
  async function choose(text: string): Promise<void> {
    await listed(text).waitFor();
    const input = code.page.locator('.quick-input-widget:visible input[type=text]').first();
    // The list of revisions is filled anew while refs are read: what was chosen just then is not there any more.
    await insist(async () => {
      if (!(await input.isVisible())) return;
      await input.fill(text, { timeout: 5000 });
      await focusedRow(code.page, text).waitFor({ timeout: 5000 });
      await input.press('Enter', { timeout: 5000 });
      await input.waitFor({ state: 'hidden', timeout: 8000 });
    });
  }

  const ask = (method: string, params: object): Promise<unknown> => send(code, method, params);

  async function remove(): Promise<void> {
    await ask('deploy/remove', { repository: folder, environment: 'production', confirmed: true });
  }

  async function events(): Promise<string[]> {
    const answer = (await ask('events/list', { entity: 'deployment' })) as { events: { kind: string }[] };
    return answer.events.map(({ kind }) => kind);
  }
});
