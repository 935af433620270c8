// The chosen monitor: an answer about the one before does not bring that one back, nor does what a hidden page has kept.
import { expect, test } from 'vitest';
import type { ServiceContract } from '../../../../webviews/service/messages.ts';
import { type Kept, ServiceModel } from '../../../../webviews/service/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

/** A shell that answers when it is told to. */
function panel(before?: Kept) {
  let kept = before;
  const asked: { readonly monitor: string | undefined; readonly answer: (value: unknown) => void }[] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const bridge = {
    get kept() {
      return kept;
    },
    keep: (state: Kept) => {
      kept = state;
    },
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: (method: string, { monitor }: { monitor?: string }) =>
      new Promise<unknown>((answer) => method === 'load' && asked.push({ monitor, answer })),
  };
  const model = new ServiceModel(bridge as unknown as Bridge<ServiceContract, Kept>);
  let target: string | undefined;
  const open = (monitor: string | undefined, wish: string | null) => {
    target = monitor;
    listeners.get('opened')?.({ target: { repository: '/shop', service: 'web', ...(monitor && { monitor }) }, trusted: true, asked: wish });
  };
  /** Answers the oldest question with the monitor that it is about, or else the panel. */
  const next = async (): Promise<void> => {
    const { monitor = target, answer } = asked.shift() ?? expect.fail('nothing is asked');
    answer({ service: null, monitors: [], total: 0, incidents: [], shown: { monitor: { id: monitor, name: monitor, settings: {} } } });
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const all = async (): Promise<void> => {
    while (asked.length > 0) await next();
  };
  return { model, asked, open, next, all, kept: () => kept };
}

test('a monitor that is opened while another is read again is the one that is shown', async () => {
  const { model, open, next, all } = panel();
  open('home', null);
  await next();
  expect(model.chosenId).toBe('home');
  model.refresh();
  open('cart', 'a');
  await next();
  await all();
  expect(model.chosenId).toBe('cart');
  expect(model.shown?.monitor.id).toBe('cart');
});

test('a page that was hidden shows what the user asked for meanwhile, not what it kept; what was chosen since then stays', async () => {
  const first = panel();
  first.model.start();
  first.open('home', null);
  await first.all();
  first.model.choose('cart');
  await first.all();

  const second = panel(first.kept());
  second.model.start();
  second.open('home', null);
  await second.all();
  expect(second.model.shown?.monitor.id, 'it was only hidden').toBe('cart');

  const third = panel(first.kept());
  third.model.start();
  third.open('home', 'a');
  await third.all();
  expect(third.model.shown?.monitor.id, 'asked for again while it was hidden').toBe('home');
  third.model.choose('cart');
  await third.all();

  const fourth = panel(third.kept());
  fourth.model.start();
  fourth.open('home', 'a');
  await fourth.all();
  expect(fourth.model.shown?.monitor.id, 'chosen after that').toBe('cart');
});

test('the service that is opened without a monitor stays at the one that is looked at, hidden or not', async () => {
  const { model, open, all, kept } = panel();
  model.start();
  open('cart', null);
  await all();
  open(undefined, 'a');
  await all();
  expect(model.shown?.monitor.id).toBe('cart');
  const later = panel(kept());
  later.model.start();
  later.open(undefined, 'b');
  await later.all();
  expect(later.model.shown?.monitor.id).toBe('cart');
});
