// The note of an incident panel: what is written while something else is on its way is not lost.
import { expect, test } from 'vitest';
import type { IncidentContract, Update } from '../../../../webviews/incident/messages.ts';
import { IncidentModel, type Kept } from '../../../../webviews/incident/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

/** A shell that answers an update when it is told to, and nothing else. */
function shell() {
  const updates: Update[] = [];
  const answers: (() => void)[] = [];
  const bridge = {
    kept: undefined,
    keep: () => {},
    on: () => {},
    ask: (method: string, params: unknown) =>
      new Promise<unknown>((resolve) => {
        if (method !== 'update') return;
        updates.push(params as Update);
        answers.push(() => resolve({}));
      }),
  };
  return { bridge: bridge as unknown as Bridge<IncidentContract, Kept>, updates, answer: () => answers.shift()?.() };
}

test('a note that was sent is gone; one that is written meanwhile stays', async () => {
  const { bridge, updates, answer } = shell();
  const model = new IncidentModel(bridge);
  const acknowledged = model.update({ acknowledge: true });
  model.write('Seen');
  answer();
  await acknowledged;
  expect(model.note).toBe('Seen');
  const added = model.addNote();
  answer();
  await added;
  expect(model.note).toBe('');
  const again = model.update({ state: 'identified' });
  model.write('And');
  answer();
  await again;
  expect(model.note).toBe('And');
  expect(updates).toEqual([{ acknowledge: true }, { note: 'Seen' }, { state: 'identified' }]);
});
