// What containers use in the panel: rates from totals, the last two minutes, containers that start anew.
import { describe, expect, test } from 'vitest';
import type { ResourceRow } from '../../../../webviews/resources/messages.ts';
import { lineOf, mostSamples, shareOf, type Watched, watch } from '../../../../webviews/resources/samples.ts';
import { cpu, processors, size, slowerWords } from '../../../../webviews/resources/words.ts';

function row(more: Partial<ResourceRow> = {}): ResourceRow {
  return {
    service: 'web',
    container: 'shop-web-0',
    state: 'running',
    cpu: 0.5,
    memory: 1024,
    limits: { cpus: 1, memory: 2048, pids: null },
    pids: 3,
    network: { received: 0, sent: 0 },
    block: null,
    restarts: 0,
    started: 1,
    hints: [],
    ...more,
  };
}

const lastOf = (watched: Map<string, Watched>) => watched.get('shop-web-0')?.samples.at(-1);

describe('samples', () => {
  test('network is told as a rate; after a start it begins anew, and is never negative', () => {
    let watched = watch(new Map(), 1000, [row({ network: { received: 100, sent: 10 } })]);
    expect(lastOf(watched)).toMatchObject({ received: null, sent: null });
    watched = watch(watched, 3000, [row({ network: { received: 2100, sent: 10 } })]);
    expect(lastOf(watched)).toMatchObject({ received: 1000, sent: 0 });
    watched = watch(watched, 5000, [row({ network: { received: 9000, sent: 5 }, started: 4000 })]);
    expect(lastOf(watched)).toMatchObject({ received: null, sent: null });
    expect(watched.get('shop-web-0')?.samples).toHaveLength(3);
  });

  test('two minutes are held, and nothing of a container that is gone', () => {
    let watched = new Map<string, Watched>();
    for (let look = 0; look < mostSamples + 20; look++) watched = watch(watched, look * 2000, [row({ cpu: look })]);
    expect(watched.get('shop-web-0')?.samples).toHaveLength(mostSamples);
    expect(watched.get('shop-web-0')?.samples[0]?.cpu).toBe(20);
    expect(watch(watched, 1, []).size).toBe(0);
  });

  test('the line ends at the newest value and leaves out what nobody saw', () => {
    expect(lineOf([0, null, 2], 2, mostSamples - 1, 22)).toBe('57.0,21.0 59.0,1.0');
    expect(lineOf([5], 2, mostSamples - 1, 22)).toBe('59.0,1.0');
  });

  test('a share is of a limit only', () => {
    expect([shareOf(1, 2), shareOf(3, 2), shareOf(1, null), shareOf(null, 2)]).toEqual([0.5, 1, undefined, undefined]);
  });
});

test('amounts in words', () => {
  expect([size(0), size(1023), size(1536), size(512 * 1024 * 1024), size(1023.7 * 1024)]).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '512 MiB',
    '1 MiB',
  ]);
  expect([cpu(0), cpu(0.001), cpu(0.256), processors(1), processors(0.5)]).toEqual(['0', '<0.01', '0.26', '1 processor', '0.5 processors']);
  expect([slowerWords(null), slowerWords(1.1), slowerWords(2.04), slowerWords(0.4)]).toEqual([
    '',
    '',
    '2 × as long as before',
    '60 % faster than before',
  ]);
});
