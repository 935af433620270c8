// The line of phases: what was gone through, where it is, what comes, and where it ended.
import { describe, expect, test } from 'vitest';
import type { DeploymentDetail, Phase } from '../../../../webviews/deployment/messages.ts';
import { stepsOf } from '../../../../webviews/deployment/phases.ts';
import { duration, planSummary } from '../../../../webviews/deployment/words.ts';

type Times = DeploymentDetail['phaseTimes'];

/** Phases of a second each; the last one goes on when told. */
function through(names: readonly Phase[], open = false): Times {
  return names.map((phase, index) => ({
    phase,
    started: index * 1000,
    ended: open && index === names.length - 1 ? null : (index + 1) * 1000,
  }));
}

const line = (phase: Phase, state: DeploymentDetail['state'], phaseTimes: Times, now = 100_000): string[] =>
  stepsOf({ phase, state, phaseTimes }, now).map((step) => `${step.phase} ${step.state} ${step.milliseconds ?? ''}`.trim());

describe('phases', () => {
  test('of one on its way: done with their times, the present one until now, the others to come', () => {
    const times = through(['queued', 'preparing', 'building', 'deploying', 'health-check'], true);
    expect(line('health-check', 'running', times, 6500)).toEqual([
      'queued done 1000',
      'preparing done 1000',
      'building done 1000',
      'deploying done 1000',
      'health-check current 2500',
      'switching ahead',
      'draining ahead',
      'live ahead',
    ]);
  });

  test('a phase that was passed over was not needed', () => {
    const times = through(['queued', 'preparing', 'deploying'], true);
    expect(line('deploying', 'running', times)[2]).toBe('building skipped');
  });

  test('of a live one every phase is done, also when it drained not', () => {
    const times = through(['queued', 'preparing', 'building', 'deploying', 'health-check', 'switching', 'live']);
    expect(line('live', 'live', times).slice(-2)).toEqual(['draining skipped', 'live done']);
    expect(line('live', 'retired', times).at(-1)).toBe('live done');
  });

  test('a live one that still drains is not through yet', () => {
    const times = through(['queued', 'preparing', 'building', 'deploying', 'health-check', 'switching', 'draining'], true);
    expect(line('draining', 'live', times, 6500).slice(-2)).toEqual(['draining current 500', 'live ahead']);
  });

  test('of a failed one the phase where it ended, then that it failed; nothing of what would have come', () => {
    const times = [
      ...through(['queued', 'preparing', 'building', 'deploying', 'health-check']),
      { phase: 'failed' as const, started: 5000, ended: 5000 },
    ];
    expect(line('failed', 'failed', times)).toEqual([
      'queued done 1000',
      'preparing done 1000',
      'building done 1000',
      'deploying done 1000',
      'health-check stopped 1000',
      'failed stopped',
    ]);
  });

  test('of one that was canceled in the queue, and of one that was interrupted', () => {
    expect(line('canceled', 'canceled', through(['queued']))).toEqual(['queued stopped 1000', 'canceled stopped']);
    const times = [...through(['queued', 'preparing', 'building']), { phase: 'interrupted' as const, started: 3000, ended: null }];
    expect(line('interrupted', 'running', times)).toEqual([
      'queued done 1000',
      'preparing done 1000',
      'building done 1000',
      'deploying ahead',
      'health-check ahead',
      'switching ahead',
      'draining ahead',
      'live ahead',
      'interrupted current',
    ]);
  });

  test('a phase that was entered twice takes the time of both', () => {
    const times = [
      ...through(['queued', 'preparing', 'building']),
      { phase: 'interrupted' as const, started: 3000, ended: 9000 },
      { phase: 'building' as const, started: 9000, ended: null },
    ];
    expect(line('building', 'running', times, 9500)[2]).toBe('building current 1500');
  });
});

test('durations', () => {
  expect([0, 999, 1000, 59_949, 59_950, 61_000, 3_599_999, 7_260_000].map(duration)).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '1 min 1 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
});

test('what stands under a plan', () => {
  const step = { service: 'web', action: 'deploy', steps: [], image: 'x', reuse: false, zeroDowntime: true, live: null } as const;
  const remark = { code: 'x', message: 'x' };
  const engine = { address: 'local', name: 'x', version: '20', buildkit: false };
  const plan = { project: 'p', environment: 'e', commit: 'a'.repeat(40), subject: 's', engine, routing: 'none' };
  const none = { warnings: [], confirmations: [], blockers: [] };
  const summary = (steps: Parameters<typeof planSummary>[0]['steps'], more: object = {}) =>
    planSummary({ ...plan, ...none, steps, ...more });
  expect(summary([{ ...step, steps: [] }])).toBe('One service is deployed.');
  expect(summary([step, step].map((each) => ({ ...each, steps: [] })))).toBe('2 services are deployed, one after the other.');
  expect(summary([{ ...step, steps: [], action: 'unchanged' }])).toBe('Everything of it is live already.');
  expect(summary([{ ...step, steps: [] }], { confirmations: [remark] })).toMatch(/It asks before it starts\.$/);
  expect(summary([{ ...step, steps: [] }], { blockers: [remark, remark] })).toBe('2 things are in the way.');
});
