// The service panel in the real VS Code, in a project of 1 000 monitors with a year behind them: from the command to everything painted.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { monitorSettings } from '../../server/protocol/monitorTypes.ts';
import { realDisk } from '../../server/store/disk.ts';
import { layoutOf, snapshotName } from '../../server/store/layout.ts';
import { writeSnapshot } from '../../server/store/snapshot.ts';
import { Sqlite } from '../../server/store/sqlite.ts';
import { Store } from '../../server/store/store.ts';
import { openVscode, type Vscode } from '../host/page.ts';
import { endHub } from '../support/hubProcess.ts';
import { writePast } from '../support/monitorPast.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

const project = '3f0c2a4e-1111-4222-8333-444455556666';
/** As many services have ten monitors each. */
const perService = 10;

export const bench: Bench = {
  name: 'service-panel',
  target: '1 000 monitors with a year: open < 300 ms',
  async run(ctx) {
    const count = ctx.size(1000, 20);
    const watched = createServer((_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => watched.listen(0, '127.0.0.1', resolve));
    ctx.cleanup(() => watched.close());
    const repository = createRepository();
    ctx.cleanup(() => repository.dispose());
    repository.commit('First');
    repository.git('config', 'hearth.project', project);
    const home = ctx.temporaryFolder('home');
    await fill(home, repository, { count, days: ctx.size(365, 3), url: `http://127.0.0.1:${(watched.address() as AddressInfo).port}/` });
    ctx.cleanup(() => endHub(home));
    const code = await openVscode({ folder: repository.root, viewport: { width: 1400, height: 900 }, env: { HEARTH_HOME: home } });
    ctx.cleanup(() => code.close());
    await code.evaluate(async (vscode) => {
      const hearth = vscode.extensions.getExtension('hearth-dev.hearth');
      await ((await hearth?.activate()) as { ready: Promise<void> } | undefined)?.ready;
    });
    // A hub that has just started makes a backup of it all.
    await new Promise((resolve) => setTimeout(resolve, ctx.smoke ? 0 : 25_000));
    const shown: number[] = [];
    const empty: number[] = [];
    const charted: number[] = [];
    const ready: number[] = [];
    const year: number[] = [];
    for (let round = -1; round < ctx.size(8, 1); round++) {
      const raw = await emptyPanel(code);
      const start = await code.evaluate(
        async (vscode, folder, service) => {
          const at = Date.now();
          await vscode.commands.executeCommand('hearth.monitor.openService', { repository: folder, service });
          return at;
        },
        repository.root,
        serviceName(round + 1),
      );
      const frame = await paintedPanel(code);
      const marks = await marksOf(frame);
      // The first panel of a window also starts the browser's frames for webviews and the hub; it is not counted.
      if (round >= 0) {
        empty.push(raw);
        shown.push((marks['hearth:shown'] ?? Number.NaN) - start);
        charted.push((marks['hearth:charted'] ?? Number.NaN) - start);
        ready.push((marks['hearth:ready'] ?? Number.NaN) - start);
        year.push(await chartOfYear(frame));
      }
      await code.command('workbench.action.closeAllEditors');
      // The next panel is another one.
      while (!frame.isDetached()) await new Promise((resolve) => setTimeout(resolve, 50));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return [
      valueAtMost('command → service, monitors, beats and windows painted', 'ms', summarise(shown), 300),
      valueAtMost('command → chart painted', 'ms', summarise(charted), 300),
      valueAtMost('the same beyond an empty panel of VS Code', 'ms', summarise(charted.map((each, index) => each - (empty[index] ?? 0)))),
      valueAtMost('an empty panel of VS Code → its first script', 'ms', summarise(empty)),
      valueAtMost('command → the page runs its first script', 'ms', summarise(ready)),
      valueAtMost('another span of the chart: a year', 'ms', summarise(year)),
    ];
  },
};

const serviceName = (index: number): string => `service-${index}`;

interface Filling {
  readonly count: number;
  readonly days: number;
  readonly url: string;
}

/** A home with one snapshot that holds the monitors and their past, as after a year of `hearth serve`. */
async function fill(home: string, repository: Repository, { count, days, url }: Filling): Promise<void> {
  const store = await Store.open({ home, fence: { number: 1, check: () => {} }, log: () => {} });
  const { image, position, schema, time } = await store.image();
  await store.close();
  const sqlite = await Sqlite.open(image);
  sqlite.run('begin');
  sqlite.run("insert into meta (key, value) values ('ownerId', 'bench')");
  sqlite.run('insert into projects (id, name, created) values (?, ?, ?)', [project, 'bench', time]);
  sqlite.run('insert into repositories (common_dir, project, seen) values (?, ?, ?)', [path.join(repository.root, '.git'), project, time]);
  const settings = JSON.stringify(monitorSettings.parse({}));
  const spec = JSON.stringify({ kind: 'http', url, method: 'GET', headers: {}, secretHeaders: {}, redirects: 10, insecure: false });
  for (let index = 0; index < count; index++) {
    const id = `m${String(index).padStart(15, '0')}`;
    const service = serviceName(Math.floor(index / perService));
    if (index % perService === 0) {
      sqlite.run('insert into catalog_entries (project, name, source, facts, created, updated) values (?, ?, ?, ?, ?, ?)', [
        project,
        service,
        'manual',
        JSON.stringify({ type: 'web', dependsOn: index < 2 * perService ? [] : [serviceName(0), serviceName(1)] }),
        time,
        time,
      ]);
    }
    sqlite.run(
      `insert into monitors (id, project, name, service, environment, source, spec, settings, paused, created, updated)
       values (?, ?, ?, ?, null, 'manual', ?, ?, 0, ?, ?)`,
      [id, project, `monitor-${index}`, service, spec, settings, time, time],
    );
    sqlite.run(
      `insert into monitor_states (monitor, state, since, checked, failures, successes, milliseconds, certificate_told, suppressed)
       values (?, 'up', ?, ?, 0, 1, 84, '[]', 0)`,
      [id, time, time],
    );
    writePast((sql, values) => sqlite.run(sql, values), {
      monitor: id,
      now: time,
      usual: 60 + (index % 5) * 20,
      failures: [30, 300],
      days,
    });
  }
  sqlite.run('commit');
  const file = path.join(layoutOf(home).snapshots, snapshotName(position + 1, 1));
  await writeSnapshot(realDisk, file, { position: position + 1, schema, time }, sqlite.export());
  sqlite.close();
}

/** What VS Code needs for a panel without anything in it: until its script runs. */
async function emptyPanel(code: Vscode): Promise<number> {
  const took = await code.evaluate(
    (vscode) =>
      new Promise<number>((resolve) => {
        const start = Date.now();
        const panel = vscode.window.createWebviewPanel('hearth.bench', 'Empty', vscode.ViewColumn.Active, { enableScripts: true });
        panel.webview.onDidReceiveMessage((time: number) => resolve(time - start));
        panel.webview.html = '<!DOCTYPE html><script>acquireVsCodeApi().postMessage(Date.now())</script>';
      }),
  );
  await code.command('workbench.action.closeAllEditors');
  await new Promise((resolve) => setTimeout(resolve, 300));
  return took;
}

/** The panel's frame once the service and its chart are on the screen. */
async function paintedPanel(code: Vscode): Promise<Frame> {
  for (let tries = 0; tries < 600; tries++) {
    for (const frame of code.page.frames()) {
      const done = await frame
        .evaluate(() => ['hearth:shown', 'hearth:charted'].every((name) => performance.getEntriesByName(name).length > 0))
        .catch(() => false);
      if (done) return frame;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the panel painted nothing');
}

/** When each mark was first set, in milliseconds since the epoch. */
function marksOf(frame: Frame): Promise<Record<string, number>> {
  return frame.evaluate(() => {
    const first: Record<string, number> = {};
    for (const { name, startTime } of performance.getEntriesByType('mark')) first[name] ??= performance.timeOrigin + startTime;
    return first;
  });
}

/** From the click on the span to its chart. */
function chartOfYear(frame: Frame): Promise<number> {
  return frame.evaluate(async () => {
    const before = performance.getEntriesByName('hearth:charted').length;
    const start = performance.now();
    document.querySelectorAll<HTMLInputElement>('.segments input')[3]?.click();
    for (;;) {
      const marks = performance.getEntriesByName('hearth:charted');
      if (marks.length > before) return (marks.at(-1)?.startTime ?? 0) - start;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
}
