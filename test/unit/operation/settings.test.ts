import { expect, test } from 'vitest';
import { settingsOf } from '../../../server/operation/settings.ts';

test('settings are read; what is wrong is left out and told, the rest counts', () => {
  expect(settingsOf('{"metrics": {"port": 9100}, "log": {"level": "warn", "levels": {"git": "debug"}}}')).toEqual({
    settings: { metrics: { port: 9100 }, log: { level: 'warn', levels: { git: 'debug' } } },
    problems: [],
  });
  const mixed = settingsOf(
    '{"metrics": {"port": 99999, "host": "0.0.0.0"}, "log": {"level": "loud", "levels": {"git": "off"}}, "colour": 1}',
  );
  expect(mixed.settings).toEqual({ metrics: {}, log: { levels: { git: 'off' } } });
  expect(mixed.problems).toEqual([
    '"metrics.host" is no setting of this version; it has: port.',
    '"colour" is no setting of this version; it has: metrics, log.',
    expect.stringMatching(/^metrics\.port: /),
    expect.stringMatching(/^log\.level: /),
  ]);
});

test('without its address there is no Loki; credentials belong into a file', () => {
  const { settings, problems } = settingsOf('{"log": {"loki": {"url": "https://ada:secret@loki.example.test"}, "level": "info"}}');
  expect(settings).toEqual({ log: { level: 'info' } });
  expect(problems).toEqual([expect.stringContaining('log.loki.url')]);
});

test('a file that is no JSON object never keeps a hub from starting', () => {
  for (const text of ['', '{', '[]', '1', 'null', '\u0000']) {
    const { settings, problems } = settingsOf(text);
    expect(settings).toEqual({});
    expect(problems).toHaveLength(1);
  }
  expect(settingsOf('\ufeff{}')).toEqual({ settings: {}, problems: [] });
});
