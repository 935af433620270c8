// Rules of the repository that cannot be read must not be taken for rules that are not there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complete, completePlan } from '../../../server/protocol/workFlow.ts';
import { WorkBench } from './workBench.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

test.each([
  ['that is not YAML', 'protected: [main\n'],
  ['with a misspelt key', 'protectd: [main]\nchangelog:\n  required: off\ncomplete:\n  notes: false\n'],
])('a work.yaml %s may have meant to protect the target', async (_, rules) => {
  const repository = bench.repository();
  const { item } = await bench.started(repository);
  repository.write('.hearth/work.yaml', rules);
  repository.commit('Rules');
  const params = { repository: repository.root, id: item.id };
  const { preconditions, ready } = await bench.send(completePlan, params);
  expect(ready).toBe(false);
  expect(preconditions.find(({ id }) => id === 'protected')).toMatchObject({
    state: 'failed',
    text: expect.stringMatching(/ \.hearth\/work\.yaml:\d /),
  });
  expect(await bench.refusal(complete, params)).toMatchObject({ data: { reason: 'precondition' } });
});
