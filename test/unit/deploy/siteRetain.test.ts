// Which releases of a static site are kept.
import { expect, test } from 'vitest';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { leftovers } from '../../../server/deploy/site/retain.ts';

const id = (n: number): string => n.toString(36).padStart(16, '0');

function record(
  n: number,
  more: { state?: string; to?: number; ended?: number | null; live?: boolean; root?: string; service?: string } = {},
) {
  const { state = 'retired', to, ended = 1, live = true, root = '/srv/docs', service = 'docs' } = more;
  return {
    ...{ id: id(n), environment: 'production', service, state, ended, liveSince: live ? n : null },
    rollbackTo: to === undefined ? null : id(to),
    config: {
      service: { name: service, kind: 'static', site: { root, output: '.' } },
      environment: { name: 'production' },
      retention: { releases: 2, logs: 5 },
    },
  } as unknown as DeploymentRecord;
}

const gone = (records: readonly DeploymentRecord[], names: readonly string[], last: DeploymentRecord) =>
  leftovers(names, records, last).releases;

test('the last releases that were live stay, whatever failed since; what is on its way stays too', () => {
  const live = record(6, { state: 'live' });
  const records = [
    record(1),
    record(2),
    record(3),
    record(4, { state: 'failed', live: false }),
    record(5, { state: 'failed', live: false }),
    live,
  ];
  const coming = record(7, { state: 'running', live: false, ended: null });
  const names = [1, 2, 3, 4, 6].map(id);
  expect(gone([...records, coming], [...names, `${id(5)}.partial`, `${id(7)}.partial`], live)).toEqual([1, 2, 4, 5].map(id));
});

test('a release that was gone back to counts once, and stays', () => {
  const live = record(5, { state: 'live', to: 1 });
  expect(gone([record(1), record(2), record(3), record(4), live], [1, 2, 3, 4].map(id), live)).toEqual([id(2), id(3)]);
});

test('what the journal does not know, or knows of another folder or service, stays', () => {
  const live = record(9, { state: 'live' });
  const records = [record(1, { root: '/srv/old' }), record(2, { service: 'manual' }), record(7), live];
  expect(gone(records, [id(1), id(2), id(3), '20200101000000', 'lost+found', `${id(4)}.partial`, id(7)], live)).toEqual([]);
});
