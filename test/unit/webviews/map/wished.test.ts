// The service that has the focus of the map: what the user asked for last, in the page or while it was hidden.
import { expect, test } from 'vitest';
import type { MapContract } from '../../../../webviews/map/messages.ts';
import { type Kept, MapModel } from '../../../../webviews/map/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

function page(before: Kept | undefined, service: string | undefined, asked: string | null) {
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
    ask: () => new Promise(() => {}),
  };
  const model = new MapModel(bridge as unknown as Bridge<MapContract, Kept>);
  model.start();
  listeners.get('opened')?.({ target: { repository: '/r', ...(service && { service }) }, name: 'r', trusted: true, asked });
  return { model, kept: () => kept };
}

test('what was chosen in a page that was hidden stays, unless another service is asked for meanwhile', () => {
  const first = page(undefined, 'web', null);
  expect(first.model.chosen).toBe('web');
  first.model.choose('db');
  const second = page(first.kept(), 'web', null);
  expect(second.model.chosen).toBe('db');
  const third = page(second.kept(), 'web', 'a');
  expect(third.model.chosen).toBe('web');
  third.model.choose(undefined);
  const fourth = page(third.kept(), 'web', 'a');
  expect(fourth.model.chosen).toBeUndefined();
  const fifth = page(third.kept(), undefined, 'b');
  expect(fifth.model.chosen).toBeUndefined();
});
