// Whose a network is that is there already.
import { expect, test } from 'vitest';
import { ensureNetwork } from '../../../server/deploy/engine/networks.ts';
import type { Transport } from '../../../server/deploy/engine/transport.ts';
import { environmentLabels } from '../../../server/deploy/labels.ts';
import { networkName } from '../../../server/deploy/names.ts';

const { signal } = new AbortController();
const place = { owner: 'home', projectId: 'one', project: 'shop', environment: 'eu-prod' };

/** Whether a network with these labels is taken for the one of `place`. */
function isTaken(labels: Readonly<Record<string, string>> | null): Promise<boolean> {
  const name = networkName(place);
  const transport = { maybe: async () => ({ Id: 'id', Name: name, Labels: labels, Containers: {} }) };
  return ensureNetwork(transport as unknown as Transport, name, environmentLabels(place, 3), signal);
}

test('a network is ours when its labels say so, whichever hub has made it', async () => {
  expect(await isTaken(environmentLabels(place, 2))).toBe(true);
  // One that does not say for which environment it was made.
  expect(await isTaken({ 'hearth.managed': '1', 'hearth.owner': 'home' })).toBe(true);
});

test('that of another project or environment of this home is not, though its name is the same', async () => {
  const other = { ...place, projectId: 'two', project: 'shop-eu', environment: 'prod' };
  expect(networkName(other)).toBe(networkName(place));
  expect(await isTaken(environmentLabels(other, 3))).toBe(false);
  // The project was renamed.
  expect(await isTaken(environmentLabels({ ...other, projectId: 'one' }, 3))).toBe(false);
  expect(await isTaken(environmentLabels({ ...place, projectId: 'two' }, 3))).toBe(false);
});

test('that of another home, or of nobody, is not', async () => {
  expect(await isTaken(environmentLabels({ ...place, owner: 'another' }, 3))).toBe(false);
  expect(await isTaken(null)).toBe(false);
});
