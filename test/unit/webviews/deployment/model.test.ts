// Which deployment of a run is shown: what the user asked for last, in the page or while it was hidden.
import { expect, test } from 'vitest';
import type { DeploymentContract, PanelTarget } from '../../../../webviews/deployment/messages.ts';
import { DeploymentModel, type Kept } from '../../../../webviews/deployment/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

const deployments = ['api', 'web', 'jobs'].map((service) => ({ id: `of-${service}`, service, state: 'live', phase: 'live', ended: 1 }));

/** A page of the run with what an earlier one has kept. */
function page(before?: Kept) {
  let kept = before;
  const listeners = new Map<string, (value: unknown) => void>();
  const bridge = {
    get kept() {
      return kept;
    },
    keep: (state: Kept) => {
      kept = state;
    },
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: async (method: string, { id }: { id?: string }) => {
      if (method === 'load') return { run: 'r', deployments };
      return method === 'show' ? { id } : new Promise(() => {});
    },
  };
  const model = new DeploymentModel(bridge as unknown as Bridge<DeploymentContract, Kept>);
  const open = async (target: { service?: string } | { deployment: string }, asked: string | null): Promise<void> => {
    const full = ('deployment' in target ? { repository: '/r', ...target } : { repository: '/r', run: 'r', ...target }) as PanelTarget;
    listeners.get('opened')?.({ target: full, name: 'r', trusted: true, asked });
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { model, open, shown: () => [model.chosen?.service, model.shown?.id], kept: () => kept };
}

test('a deployment that is asked for while the page is hidden is shown; one that was chosen after that stays', async () => {
  const first = page();
  await first.open({ service: 'web' }, null);
  expect(first.shown()).toEqual(['web', 'of-web']);

  const second = page(first.kept());
  await second.open({ deployment: 'of-jobs' }, 'a');
  expect(second.shown()).toEqual(['jobs', 'of-jobs']);
  second.model.choose('api');

  const third = page(second.kept());
  await third.open({ deployment: 'of-jobs' }, 'a');
  expect(third.shown(), 'it was only hidden').toEqual(['api', 'of-api']);

  const fourth = page(third.kept());
  await fourth.open({ service: 'web' }, 'b');
  expect(fourth.shown()).toEqual(['web', 'of-web']);
});

test('in a page that is there the same, and the run without a service changes nothing', async () => {
  const { model, open, shown } = page();
  await open({ service: 'web' }, null);
  await open({ deployment: 'of-jobs' }, 'a');
  expect(shown()).toEqual(['jobs', 'of-jobs']);
  await open({}, 'b');
  expect(shown()).toEqual(['jobs', 'of-jobs']);
  model.choose('api');
  await open({ service: 'web' }, 'b');
  expect(shown(), 'told again because of trust').toEqual(['api', 'of-api']);
});
