// What was asked for in a panel and failed is said once: by its page, or, when that is hidden or closed, by a message.
import { beforeEach, expect, test, vi } from 'vitest';
import { run } from '../../../server/protocol/deploy.ts';
import { showIncident, updateIncident } from '../../../server/protocol/incident.ts';
import { fakePanel } from '../../support/fakePanel.ts';
import { ViewWorld, vscodeViews } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => ({ ...(await import('../../support/vscodeViews.ts')).vscodeViews, Uri: { joinPath: () => '' } }));

const { RequestFailure } = await import('../../../extension/ui/failure.ts');
const { IncidentPanel } = await import('../../../extension/monitor/incidentPanel.ts');
const { DeploymentPanel } = await import('../../../extension/deploy/deploymentPanel.ts');

const said = vi.spyOn(vscodeViews.window, 'showErrorMessage');
beforeEach(() => said.mockClear());

const refused = new RequestFailure('precondition', 'It is resolved.', 'Open a new one.');
const sentence = 'It is resolved. Open a new one.';

/** An incident whose page has asked for a change that nobody has answered. */
async function changing() {
  const world = new ViewWorld();
  const page = fakePanel();
  const incident = new IncidentPanel(world.shell, page.panel, { repository: '/r', incident: 'I-1' });
  page.load();
  page.ask('update', { note: 'Looking.' });
  return { world, page, incident, update: await world.next(updateIncident) };
}

const answered = () => new Promise((resolve) => setImmediate(resolve));

test('a page that is there says it, and nobody else', async () => {
  const { page, update } = await changing();
  update.reject(refused);
  await answered();
  expect(page.told).toContainEqual({
    kind: 'failure',
    id: 1,
    failure: { reason: 'precondition', message: 'It is resolved.', hint: 'Open a new one.' },
  });
  expect(said).not.toHaveBeenCalled();
});

test('a message says it when the page was hidden, was loaded again, or is closed', async () => {
  for (const leave of ['hide', 'load', 'close'] as const) {
    said.mockClear();
    const { page, incident, update } = await changing();
    if (leave === 'close') incident.dispose();
    else page[leave]();
    update.reject(refused);
    await answered();
    expect(
      said.mock.calls.map(([text]) => text),
      leave,
    ).toEqual([sentence]);
  }
});

test('no message: what was only asked for, what was cancelled, what succeeded', async () => {
  const { world, page, update } = await changing();
  page.ask('load', {});
  const load = await world.next(showIncident);
  page.hide();
  update.reject(new RequestFailure('cancelled', 'Cancelled.'));
  load.reject(refused);
  await answered();
  expect(said).not.toHaveBeenCalled();
});

test('a deployment that cannot begin is told to somebody who has gone on', async () => {
  const world = new ViewWorld();
  const page = fakePanel();
  const plan = { environment: 'production', rev: 'HEAD' };
  new DeploymentPanel(world.shell, page.panel, { repository: '/r', plan });
  page.load();
  page.ask('start', { ...plan, plan: { confirmations: [], commit: 'a' } });
  const begun = await world.next(run);
  page.hide();
  begun.reject(refused);
  await answered();
  expect(said.mock.calls.map(([text]) => text)).toEqual([sentence]);
});
