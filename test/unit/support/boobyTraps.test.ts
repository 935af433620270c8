// Springs every trap with plain git: a trap that cannot spring would prove nothing about Hearth.
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plantTrap, runReadCommand, trapRepository, traps } from '../../support/repositories/boobyTraps.ts';

const live = traps.filter(({ springsWith }) => springsWith.length > 0);

test.each(live)('$key springs under plain git', ({ key, springsWith }) => {
  using repository = trapRepository();
  const trap = plantTrap(repository, key);
  expect(trap.sprung()).toBe(false);
  // An index that was refreshed once is not written again, so only the first command counts there.
  const commands = key.startsWith('core.hooksPath') || key.startsWith('hooks/') ? springsWith.slice(0, 1) : springsWith;
  const silent = commands.filter((command, index) => {
    trap.reset();
    // Git looks into a file again only when its times say that it may have changed.
    utimesSync(repository.path('b.txt'), 1_700_000_000 + index, 1_700_000_000 + index);
    runReadCommand(repository, command, trap);
    return !trap.sprung();
  });
  expect(silent).toEqual([]);
});

test('every trap can be planted', () => {
  for (const { key } of traps) {
    using repository = trapRepository();
    expect(plantTrap(repository, key).sprung(), key).toBe(false);
  }
});

test('without a trap nothing springs', () => {
  using repository = trapRepository();
  const trap = plantTrap(repository, 'core.editor');
  for (const command of ['status', 'diff', 'blame', 'log -p'] as const) runReadCommand(repository, command, trap);
  expect(trap.sprung()).toBe(false);
});

test('keys are unique', () => {
  expect(new Set(traps.map(({ key }) => key)).size).toBe(traps.length);
});
