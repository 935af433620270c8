// What a panel tells its page: a page that was hidden has heard nothing of what was asked for meanwhile.
import { expect, test, vi } from 'vitest';
import { showService } from '../../../server/protocol/catalog.ts';
import { fakePanel } from '../../support/fakePanel.ts';
import { ViewWorld } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => ({ ...(await import('../../support/vscodeViews.ts')).vscodeViews, Uri: { joinPath: () => '' } }));

const { ServicePanel } = await import('../../../extension/monitor/servicePanel.ts');
const { DeploymentPanel } = await import('../../../extension/deploy/deploymentPanel.ts');

const repository = '/r';

test('a page that is loaded again is told what was asked for while it was hidden, and that it was asked for', () => {
  const { shell } = new ViewWorld();
  const service = fakePanel();
  const services = new ServicePanel(shell, service.panel, { repository, service: 'web', monitor: 'home' });
  expect(service.load()).toMatchObject({ target: { monitor: 'home' }, asked: null });
  services.reveal({ repository, service: 'web', monitor: 'cart' });
  const wish = service.load();
  expect(wish).toMatchObject({ target: { monitor: 'cart' }, asked: expect.any(String) });
  expect(service.load(), 'only hidden: no new wish').toEqual(wish);
  services.reveal({ repository, service: 'web', monitor: 'cart' });
  expect(service.load()?.asked).not.toBe(wish?.asked);

  const deployment = fakePanel();
  const deployments = new DeploymentPanel(shell, deployment.panel, { repository, run: 'r', service: 'web' });
  expect(deployment.load()).toMatchObject({ target: { run: 'r', service: 'web' }, asked: null });
  deployments.reveal({ repository, deployment: 'of-api' });
  expect(deployment.load()).toMatchObject({ target: { deployment: 'of-api' }, asked: expect.any(String) });
});

test('what is read while the page loads is not the answer when another monitor was asked for meanwhile', () => {
  for (const another of [false, true]) {
    const world = new ViewWorld();
    const { panel, load, ask } = fakePanel();
    const services = new ServicePanel(world.shell, panel, { repository, service: 'web', monitor: 'home' });
    if (another) services.reveal({ repository, service: 'web', monitor: 'cart' });
    load();
    ask('load', { span: '24h' });
    expect(world.asked.filter(({ method }) => method === showService.method)).toHaveLength(another ? 2 : 1);
  }
});
