// The deployment panel as a person uses it: the plan, the phases, probes and log of what runs on a real engine; with keys, after a reload.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { insist } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { cli } from '../support/cli.ts';
import { describeDocker, dockerAddress } from '../support/docker.ts';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';
import { seriousViolations } from './diffPanelWindow.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-panel-')));
const folder = join(scratch, 'shop');
const project = `panel-${randomBytes(4).toString('hex')}`;
const hostile = '<img src=x onerror=alert(1)> **bold** $(trash) שלום';
let code: Vscode;
/** A commit whose version is never healthy, older than what is deployed. */
let stuck: string;
let ran: PanelCoverage | undefined;

const git = (...args: string[]): string => patientGit(folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args).trim();
/** An engine that builds and starts takes its time on a busy machine. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 180_000 });
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await code.page.keyboard.press(key);
};

/** A version of `web`, beside `db`, which is a ready image; answers its commit. */
function version(subject: string, { healthy = true, deadline = '120s' } = {}): string {
  writeFileSync(
    join(folder, 'hearth.yaml'),
    `version: 1
project: ${project}
services:
  db: { kind: container, image: "busybox:1.36", command: ["sleep", "100000"], health: { healthy_for: 500ms }, stop_timeout: 1s }
  web:
    kind: container
    build: .
    port: 8080
    depends_on: [db]
    health: { http: /health, interval: 200ms, timeout: 2s, healthy_for: 1s, deadline: ${deadline} }
    drain: 200ms
    stop_timeout: 1s
environments:
  staging: { docker: local, routing: none }
`,
  );
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www', healthy ? 'health' : 'sick'), `${subject}\n`);
  rmSync(join(folder, 'www', healthy ? 'sick' : 'health'), { force: true });
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM busybox:1.36\nCOPY www /www\nRUN echo '${'<b>bold</b> <img src=x onerror=alert(1)>'}'\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n`,
  );
  git('add', '-A');
  git('commit', '-q', '-m', subject);
  return git('rev-parse', 'HEAD');
}

const panels = (): Promise<string[]> => code.page.locator('.tab').evaluateAll((tabs) => tabs.map((tab) => tab.textContent ?? ''));

/** The panel of a plan, made. */
async function plan(wanted: { rev?: string; services?: string[] } = {}): Promise<FrameLocator> {
  await code.command('workbench.action.closeAllEditors');
  await code.command('hearth.deploy.openPanel', { repository: folder, plan: { environment: 'staging', rev: 'HEAD', ...wanted } });
  const panel = await code.webview();
  await panel.getByRole('heading', { name: 'What happens' }).waitFor({ timeout: 90_000 });
  return panel;
}

const state = (panel: FrameLocator): Promise<string | null> => panel.locator('.title-row .state').textContent();
/** `Building done`, …; without the times. */
const phases = (panel: FrameLocator): Promise<string[]> =>
  panel
    .locator('.phase')
    .evaluateAll((steps) =>
      steps.map((step) => `${step.querySelector('.phase-name')?.textContent}${step.querySelector('.visually-hidden')?.textContent}`),
    );

/** Answers the questions of the window from now on; what was asked is what this answers. */
async function answer(reply: 'action' | undefined): Promise<() => Promise<string[]>> {
  await code.evaluate(async (vscode, given) => {
    const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
    const shell = await api.shell;
    const asked: string[] = [];
    Object.assign(globalThis, { hearthAsked: asked });
    shell.confirm.ask = async ({ message, detail = '' }: { message: string; detail?: string }) => {
      asked.push(`${message} ${detail}`);
      return given ?? undefined;
    };
  }, reply ?? null);
  return () => code.evaluate(() => (globalThis as unknown as { hearthAsked: string[] }).hearthAsked);
}

describeDocker('deployment panel', () => {
  beforeAll(async () => {
    mkdirSync(folder);
    git('init', '-q', '-b', 'main');
    stuck = version('Never healthy', { healthy: false, deadline: '5m' });
    version(hostile);
    code = await openVscode({
      folder,
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      viewport: { width: 1400, height: 1000 },
      env: { DOCKER_HOST: await dockerAddress() },
    });
    code.page.setDefaultTimeout(60_000);
    ran = await countPanels(code.page);
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

  test('the plan comes first; a subject with markup is text; Ctrl+Enter deploys', async () => {
    const panel = await plan();
    await eventually(() => panel.locator('.plan-step h3 > bdi').allInnerTexts()).toEqual(['db', 'web']);
    await eventually(() => panel.locator('.subject').textContent()).toBe(hostile);
    await eventually(() => panel.locator('.plan-step').last().locator('.sentences li').count()).toBeGreaterThan(1);
    expect(await panel.locator('img').count()).toBe(0);
    expect(await seriousViolations(code.page)).toEqual([]);
    // The plan is made again when the commit is heard of, and for that moment nothing starts.
    const start = panel.getByRole('button', { name: 'Deploy', exact: true });
    await insist(async () => {
      if (await start.isVisible()) {
        await panel.locator('.title').click({ timeout: 5000 });
        await press('Control+Enter');
      }
      await panel.locator('.phase').first().waitFor({ timeout: 8000 });
    });
    await panel.locator('.service-tab', { hasText: 'web' }).click();
    await eventually(() => state(panel)).toContain('Live');
    await eventually(() => phases(panel)).toEqual(
      ['Queued', 'Preparing', 'Building', 'Deploying', 'Health check', 'Switching', 'Draining', 'Live'].map((name) =>
        expect.stringMatching(`^${name}, (done|not needed)$`),
      ),
    );
    await eventually(() => panel.locator('.phase.building .phase-time').textContent()).toMatch(/ m?s$/);
    await eventually(() => panel.locator('.probe-words').textContent()).toMatch(/^Healthy: 200 in /);
    await eventually(() => panel.locator('.containers li').count()).toBe(1);
    await eventually(panels).toContainEqual(expect.stringContaining(`staging · ${git('rev-parse', '--short=7', 'HEAD')}`));
    expect(await seriousViolations(code.page)).toEqual([]);
    const tab = panel.locator('.service-tab[aria-selected=true] bdi');
    await press('[');
    await eventually(() => tab.textContent()).toBe('db');
    await press(']');
    await eventually(() => tab.textContent()).toBe('web');
  });

  test('the log: what a build prints is text; search, streams and following with keys', async () => {
    const panel = await code.webview();
    const rows = panel.locator('.log-row');
    // Only the lines in sight are drawn.
    await eventually(async () => {
      await panel.locator('#log-lines').evaluate((lines) => lines.scrollTo(0, 0));
      return rows.filter({ hasText: '<b>bold</b> <img src=x onerror=alert(1)>' }).count();
    }).toBeGreaterThan(0);
    expect(await panel.locator('.log-lines b, .log-lines img').count()).toBe(0);
    await panel.locator('#log-lines').click();
    await press('/');
    await code.page.keyboard.type('step ');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^1 of \d+$/);
    await press('Enter');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^2 of /);
    expect(await panel.locator('.log-row.current mark').first().textContent()).toBe('Step ');
    await eventually(() => panel.getByRole('button', { name: 'Follow the log' }).getAttribute('aria-pressed')).toBe('false');
    await press('Escape');
    await eventually(() => panel.locator('.find-count').textContent()).toBe('');
    await press('f');
    await eventually(() => panel.getByRole('button', { name: 'Follow the log' }).getAttribute('aria-pressed')).toBe('true');
    await panel.locator('.stream select').selectOption('build');
    await eventually(async () => [...new Set(await panel.locator('.log-stream').allInnerTexts())]).toEqual(['build']);
    await panel.locator('#log-lines').click();
    await press('/');
    await code.page.keyboard.type('from');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^1 of /);
  });

  test('a version that is never healthy: where it ended and why, what each probe saw, and the plan to try again', async () => {
    // Long enough for some answers on a busy machine.
    version('Sick', { healthy: false, deadline: '8s' });
    const panel = await plan({ services: ['web'] });
    const start = panel.getByRole('button', { name: 'Deploy', exact: true });
    // The plan is made again when the commit is heard of, and for that moment the button is off.
    await insist(async () => {
      if (await start.isVisible()) await start.click({ timeout: 5000 });
      await panel.locator('.phase').first().waitFor({ timeout: 8000 });
    });
    await eventually(() => state(panel)).toContain('Failed');
    await eventually(() => phases(panel)).toContain('Health check, ended here');
    await eventually(async () => (await phases(panel)).at(-1)).toBe('Failed, ended here');
    await eventually(() => panel.locator('.outcome').textContent()).not.toBe('');
    await panel.locator('.probe-words', { hasText: /^Not healthy: 404 in / }).waitFor();
    const strip = panel.locator('.strip');
    await strip.focus();
    // Stays on this one, also when a later one comes.
    await press('End');
    const last = Number(await strip.getAttribute('aria-valuenow'));
    await press('ArrowLeft');
    await eventually(() => strip.getAttribute('aria-valuenow')).toBe(String(last - 1));
    await eventually(() => strip.getAttribute('aria-valuetext')).toContain('404');
    await press('Home');
    await eventually(() => strip.getAttribute('aria-valuenow')).toBe('1');
    expect(await seriousViolations(code.page)).toEqual([]);
    await panel.getByRole('button', { name: 'Deploy again…' }).click();
    await eventually(panels).toContainEqual(expect.stringContaining('Deploy to staging'));
  });

  test('an older commit asks before it starts, and who turns away has changed nothing; Cancel stops what is on its way', async () => {
    const panel = await plan({ rev: stuck, services: ['web'] });
    const start = panel.getByRole('button', { name: 'Deploy', exact: true });
    await panel.locator('.remarks.confirmation .remark').waitFor();
    const asked = await answer(undefined);
    await start.click();
    await eventually(asked).toEqual([expect.stringContaining(`Deploy ${stuck.slice(0, 7)} to staging all the same?`)]);
    await eventually(() => start.isEnabled()).toBe(true);
    await answer('action');
    await start.click();
    await eventually(() => panel.locator('.phase.current .phase-name').textContent()).toBe('Health check');
    await eventually(() => panel.locator('.commit-line .link').textContent()).toBe(stuck.slice(0, 7));
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => state(panel)).toContain('Canceled');
    await eventually(() => panel.locator('[aria-live=polite]').textContent()).toBe('web: Canceled');
    await eventually(() => panel.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  });

  test('an engine that is out of reach: what is wrong and a way to try again', async () => {
    await code.command('workbench.action.closeAllEditors');
    await code.command('hearth.deploy.openPanel', { repository: folder, plan: { environment: 'nowhere', rev: 'HEAD' } });
    const panel = await code.webview();
    await panel.locator('.message-title', { hasText: 'nowhere' }).waitFor();
    expect(await panel.getByRole('button', { name: 'Try again' }).count()).toBe(1);
  });

  test('after a reload the same run, service and search are there', async () => {
    await code.command('workbench.action.closeAllEditors');
    const { deployments } = (await send(code, 'deploy/list', { repository: folder, service: 'db' })) as { deployments: { id: string }[] };
    await code.command('hearth.deploy.openPanel', { repository: folder, deployment: deployments[0]?.id });
    const before = await code.webview();
    const chosen = (panel: FrameLocator) => panel.locator('.service-tab[aria-selected=true] bdi').textContent();
    await eventually(() => chosen(before)).toBe('db');
    await before.locator('.service-tab', { hasText: 'web' }).click();
    await before.locator('.stream select').selectOption('build');
    await before.locator('#find').fill('from');
    await eventually(() => before.locator('.find-count').textContent()).toMatch(/^1 of /);
    // The window's own reload: it writes its state first. The answer goes down with the extension host.
    const loaded = code.page.waitForEvent('load', { timeout: 120_000 });
    code.command('workbench.action.reloadWindow').catch(() => {});
    await loaded;
    const panel = await code.webview();
    await eventually(() => panel.locator('#find').inputValue()).toBe('from');
    await eventually(() => state(panel)).toContain('Live');
    await eventually(() => chosen(panel)).toBe('web');
    await eventually(() => panel.locator('.stream select').inputValue()).toBe('build');
    await eventually(() => panel.locator('.find-count').textContent()).toMatch(/^1 of /);
  });
});
