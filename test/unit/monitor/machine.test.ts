import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateNews } from '../../../server/monitor/live.ts';
import { advance, afterGap, isUnsettled, nothingKnown, type Sighting, type Status, setAside } from '../../../server/monitor/machine.ts';

const settings = { failures: 3, successes: 2 };

/** `+` well, `-` not, `?` nothing seen, `m` well in maintenance, `w` not well in maintenance. */
function looked(looks: string, given: Partial<typeof settings> = {}, from: Status = nothingKnown(0)): { status: Status; steps: string[] } {
  let status = from;
  const steps: string[] = [];
  for (const [index, look] of [...looks].entries()) {
    const seen: Sighting = {
      ok: look === '?' ? null : look === '+' || look === 'm',
      time: 1000 * (index + 1),
      message: look === '-' || look === 'w' ? 'no answer' : null,
      maintenance: look === 'm' || look === 'w',
    };
    const next = advance(status, { ...settings, ...given }, seen);
    status = next.status;
    if (next.step !== undefined) steps.push(`${next.step.from}→${next.step.to}`);
  }
  return { status, steps };
}

describe('the state of a monitor', () => {
  it('is up with the first success', () => {
    expect(looked('+')).toMatchObject({ status: { state: 'up', since: 1000 }, steps: ['unknown→up'] });
  });

  it('is down after so many failures in a row, not before', () => {
    expect(looked('+--')).toMatchObject({ status: { state: 'pending', failures: 2, settled: 'up' }, steps: ['unknown→up'] });
    expect(looked('+---')).toMatchObject({
      status: { state: 'down', since: 4000, message: 'no answer' },
      steps: ['unknown→up', 'up→down'],
    });
    expect(looked('+--+--').steps).toEqual(['unknown→up']);
  });

  it('tells of a first "down" as of any other', () => {
    expect(looked('---').steps).toEqual(['unknown→down']);
    expect(looked('-', { failures: 1 }).steps).toEqual(['unknown→down']);
  });

  it('keeps since when it is up over retries that succeed', () => {
    expect(looked('+-+').status).toMatchObject({ state: 'up', since: 1000, failures: 0, message: null });
  });

  it('is up again only after so many successes in a row', () => {
    expect(looked('---+').status).toMatchObject({ state: 'down', successes: 1, since: 3000 });
    expect(looked('---+-+').status.state).toBe('down');
    expect(looked('---++')).toMatchObject({ status: { state: 'up', since: 5000 }, steps: ['unknown→down', 'down→up'] });
  });

  it('is not changed by looks that say nothing', () => {
    expect(looked('+--???').status).toEqual(looked('+--').status);
    expect(looked('+-?-?-').status.state).toBe('down');
    expect(looked('???').status).toEqual(nothingKnown(0));
  });

  it('is maintenance while a window is open, whatever is seen, and then begins anew', () => {
    expect(looked('+mwwwww')).toMatchObject({ status: { state: 'maintenance', since: 2000 }, steps: ['unknown→up', 'up→maintenance'] });
    expect(looked('+w+').steps).toEqual(['unknown→up', 'up→maintenance', 'maintenance→up']);
    expect(looked('+w--').status).toMatchObject({ state: 'pending', failures: 2 });
    expect(looked('+w---').steps).toEqual(['unknown→up', 'up→maintenance', 'maintenance→down']);
  });

  it('is down at once when nobody called in', () => {
    const seen = { ok: false, time: 5000, message: 'silence', maintenance: false, final: true };
    expect(advance(looked('+').status, settings, seen).step).toEqual({ from: 'up', to: 'down' });
  });

  it('knows nothing after a pause', () => {
    const paused = setAside(looked('---').status, 'paused', 9000);
    expect(paused).toMatchObject({ status: { state: 'paused', failures: 0, since: 9000 }, step: { from: 'down', to: 'paused' } });
    expect(looked('+', {}, setAside(paused.status, 'unknown', 9500).status).steps).toEqual(['unknown→up']);
  });

  it('counts failures anew after a gap, but is not up because of one', () => {
    expect(looked('--', {}, afterGap(looked('+--').status)).status.state).toBe('pending');
    expect(afterGap(looked('---').status).state).toBe('down');
  });

  it('is looked at sooner while a verdict is near', () => {
    expect(['+', '+-', '+---', '---+', '---++'].map((looks) => isUnsettled(looked(looks).status))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('never says down but after failures in a row, never says up after down but after successes in a row', () => {
    const looks = fc.string({ unit: fc.constantFrom('+', '-', '?', 'm', 'w'), maxLength: 60 });
    fc.assert(
      fc.property(looks, (all) => {
        for (let end = 1; end <= all.length; end++) {
          const before = looked(all.slice(0, end - 1));
          const { status, steps } = looked(all.slice(0, end));
          const said = all.slice(0, end).replaceAll('?', '');
          if (steps.length > before.steps.length && status.state === 'down') expect(said.endsWith('---')).toBe(true);
          if (status.state === 'up' && before.status.state === 'down') expect(said.endsWith('++')).toBe(true);
          if (said.endsWith('---')) expect(status.state).toBe('down');
        }
      }),
    );
  });
});

describe('the end of a certificate', () => {
  const certificate = (days: number, fingerprint = 'aa') => ({
    ...{ subject: 's', issuer: 'i', fingerprint, expires: 0, days, trusted: true, problem: null },
  });

  it('is told at 21, 14 and 7 days, once each', () => {
    let told: readonly number[] = [];
    const days: number[] = [];
    for (let left = 30; left >= -2; left--) {
      const news = certificateNews(certificate(left), { fingerprint: 'aa', told });
      told = news.told;
      if (news.days !== undefined) days.push(news.days);
    }
    expect(days).toEqual([21, 14, 7]);
  });

  it('is told once when it comes late, and anew for another certificate', () => {
    const late = certificateNews(certificate(3), { fingerprint: null, told: [] });
    expect(late).toEqual({ told: [21, 14, 7], days: 7 });
    expect(certificateNews(certificate(2), { fingerprint: 'aa', told: late.told }).days).toBeUndefined();
    expect(certificateNews(certificate(20, 'bb'), { fingerprint: 'aa', told: late.told }).days).toBe(21);
  });
});
