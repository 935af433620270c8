// The chosen monitor: an answer about the one before does not bring that one back.
import { expect, test } from 'vitest';
import type { ServiceContract } from '../../../../webviews/service/messages.ts';
import { type Kept, ServiceModel } from '../../../../webviews/service/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

/** A shell that answers when it is told to. */
function panel() {
  const asked: { readonly monitor: string | undefined; readonly answer: (value: unknown) => void }[] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const bridge = {
    kept: undefined,
    keep: () => {},
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: (method: string, { monitor }: { monitor?: string }) =>
      new Promise<unknown>((answer) => method === 'load' && asked.push({ monitor, answer })),
  };
  const model = new ServiceModel(bridge as unknown as Bridge<ServiceContract, Kept>);
  const open = (monitor: string) => listeners.get('opened')?.({ target: { repository: '/shop', service: 'web', monitor }, trusted: true });
  /** Answers the oldest question with the monitor that it is about. */
  const next = async (): Promise<void> => {
    const { monitor, answer } = asked.shift() ?? expect.fail('nothing is asked');
    answer({ service: null, monitors: [], total: 0, incidents: [], shown: { monitor: { id: monitor, name: monitor, settings: {} } } });
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { model, asked, open, next };
}

test('a monitor that is opened while another is read again is the one that is shown', async () => {
  const { model, asked, open, next } = panel();
  open('home');
  await next();
  expect(model.chosenId).toBe('home');
  model.refresh();
  open('cart');
  await next();
  while (asked.length > 0) await next();
  expect(model.chosenId).toBe('cart');
  expect(model.shown?.monitor.id).toBe('cart');
});
