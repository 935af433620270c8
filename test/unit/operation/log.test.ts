import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LogFile, logFileOf } from '../../../server/hub/logFile.ts';
import { HubLog } from '../../../server/operation/hubLog.ts';
import { Levels } from '../../../server/operation/levels.ts';
import { jsonOf, type LogLine, lineOf, parseLine } from '../../../server/operation/logLine.ts';
import { countErrors, type LogFilter, searchLog } from '../../../server/operation/logSearch.ts';
import { LogTail } from '../../../server/operation/logTail.ts';
import { inDomain } from '../../../server/rpc/log.ts';
import { maskFields, maskText } from '../../../server/rpc/mask.ts';

const folders: string[] = [];
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});
function home(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'hearth-log-'));
  folders.push(made);
  return made;
}

async function found(place: string, filter: LogFilter, limit = 100): Promise<{ lines: LogLine[]; more: boolean }> {
  const lines: LogLine[] = [];
  const { more } = await searchLog(place, filter, limit, (rows) => void lines.push(...rows), new AbortController().signal);
  return { lines, more };
}

const texts = ({ lines }: { lines: LogLine[] }) => lines.map(({ text }) => text);

test('what looks like a secret is masked, what is none stays', () => {
  expect(maskText('GET https://ada:hunter22@shop.example.test/x')).toBe('GET https://***@shop.example.test/x');
  expect(maskText('Authorization: Bearer abcdef123456')).not.toContain('abcdef123456');
  expect(maskText('body {"password": "correct \\" horse", "x": 1}')).toBe('body {"password": "***", "x": 1}');
  expect(maskText('API_TOKEN=abcdefgh --password: hunter22')).toBe('API_TOKEN=*** --password: ***');
  expect(maskText('url https://hooks.slack.com/services/T0/B0/xyzxyz')).toBe('url https://hooks.slack.com/services/***');
  for (const api of ['api', 'api/v10'])
    expect(maskText(`url https://discord.com/${api}/webhooks/12/xyzxyz`)).toBe(`url https://discord.com/${api}/webhooks/***`);
  expect(maskText('https://api.telegram.org/bot123:AAE_x/sendMessage')).toBe('https://api.telegram.org/bot***/sendMessage');
  expect(maskText('pushed ghp_0123456789abcdefghijABCDEFGHIJ')).toBe('pushed ***');
  expect(maskText('-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----!')).toBe('***!');
  for (const plain of ['ssh://deploy@host', 'https://shop.example.test/?page=2', 'a@b.example', 'commit 3f2a9c0: token bucket added']) {
    expect(maskText(plain)).toBe(plain);
  }
  expect(maskFields({ apiToken: 'x', deep: { Password: 'y', list: ['Bearer abcdefgh'] }, count: 3, none: undefined })).toEqual({
    ...{ apiToken: '***', deep: { Password: '***', list: ['Bearer ***'] }, count: 3, none: undefined },
  });
});

test('a line says its domain, its request and its fields; it is read as it was written', () => {
  const line = lineOf(1_700_000_000_123, 'warn', 'two\nlines\u0000', { method: 'deploy/run', id: 'c-1', error: new Error('no'), n: 1n });
  expect(line).toMatchObject({ domain: 'deploy', correlation: 'c-1', level: 'warn', text: 'two\nlines\u0000' });
  expect(jsonOf(line).trimEnd()).not.toContain('\n');
  expect(parseLine(jsonOf(line))).toEqual(JSON.parse(JSON.stringify(line)));
  expect(lineOf(0, 'info', 'x').domain).toBe('hub');
  expect(lineOf(0, 'info', 'x', { domain: 'monitor', method: 'deploy/run' }).domain).toBe('monitor');
  for (const torn of [
    '',
    '2026-01-01T00:00:00Z info  open',
    '{"time":"2026-01-01',
    '{"time":"x","level":"info","domain":"a","text":"b"}',
    'null',
  ]) {
    expect(parseLine(torn)).toBeUndefined();
  }
});

test('levels: of everything, and of one domain', () => {
  const passes = (settings: ConstructorParameters<typeof Levels>[0]) =>
    (['debug', 'info', 'warn', 'error'] as const).filter((level) => new Levels(settings).passes(level, 'git'));
  expect(passes({})).toEqual(['debug', 'info', 'warn', 'error']);
  expect(passes({ log: { level: 'warn' } })).toEqual(['warn', 'error']);
  expect(passes({ log: { level: 'warn', levels: { git: 'debug' } } })).toEqual(['debug', 'info', 'warn', 'error']);
  expect(passes({ log: { levels: { git: 'off' } } })).toEqual([]);
});

test('the log of a hub: file, counts and listeners get the same masked lines, silenced domains none', async () => {
  const place = home();
  const heard: LogLine[] = [];
  const log = new HubLog({ home: place, settings: { log: { levels: { git: 'error' } } }, also: (line) => heard.push(line) });
  log.log('info', 'one', { password: 'hunter22' });
  inDomain(log.log, 'git')('warn', 'silent');
  inDomain(log.log, 'git')('error', 'loud');
  log.log('info', 'two');
  await log.close();
  const written = readFileSync(logFileOf(place), 'utf8');
  expect(written).not.toContain('hunter22');
  expect(written.trimEnd().split('\n').map(parseLine)).toEqual(heard);
  expect(heard.map(({ text }) => text)).toEqual(['one', 'loud', 'two']);
  expect(log.counts).toEqual([
    { level: 'info', domain: 'hub', count: 2 },
    { level: 'error', domain: 'git', count: 1 },
  ]);
});

test('lines are found newest first over all three files, by each filter', async () => {
  const place = home();
  const log = new HubLog({ home: place, settings: {} });
  await log.close();
  const file = logFileOf(place);
  const text = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const n = from + index;
      const level = n % 5 === 0 ? ('error' as const) : ('info' as const);
      return jsonOf(
        lineOf(n * 1000, level, `line ${n}`, { domain: n % 2 === 0 ? 'git' : 'hub', id: `c-${n % 3}`, deployment: n === 7 ? 'd7' : 'd' }),
      );
    }).join('');
  writeFileSync(`${file}.2`, text(0, 10));
  writeFileSync(`${file}.1`, `${text(10, 20)}{"torn`);
  writeFileSync(file, text(20, 30));
  expect(texts(await found(place, {}, 12))).toEqual(Array.from({ length: 12 }, (_, index) => `line ${29 - index}`));
  expect(await found(place, {}, 29)).toMatchObject({ more: true });
  expect(await found(place, {}, 30)).toMatchObject({ more: false });
  expect(texts(await found(place, { level: 'error' }))).toEqual([25, 20, 15, 10, 5, 0].map((n) => `line ${n}`));
  expect(texts(await found(place, { domain: 'git', since: 3000, until: 8000 }))).toEqual(['line 6', 'line 4']);
  expect(texts(await found(place, { correlation: 'c-1', until: 8000 }))).toEqual(['line 7', 'line 4', 'line 1']);
  expect(texts(await found(place, { text: 'LINE 2' }, 100))).toHaveLength(11);
  expect(texts(await found(place, { text: 'deployment=d7' }))).toEqual(['line 7']);
  expect(texts(await found(place, { about: { correlations: new Set(['c-2']), deployment: 'd7' }, until: 9000 }))).toEqual([
    ...['line 8', 'line 7', 'line 5', 'line 2'],
  ]);
  expect(await countErrors(place, 15_000, new AbortController().signal)).toEqual({ hub: 2, git: 1 });
});

test('whoever follows the log gets every whole line once, also over a change of files', async () => {
  const place = home();
  const file = new LogFile(place, 500);
  const tail = new LogTail(logFileOf(place));
  await tail.skip();
  expect(await tail.read()).toEqual([]);
  const got: string[] = [];
  for (let n = 0; n < 100; n++) {
    // At most one change of files between two looks.
    file.write(`line ${n} ä\n`);
    if (n % 7 === 0) got.push(...(await tail.read()));
  }
  got.push(...(await tail.read()));
  file.close();
  expect(got).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n} ä`));
  // A line that is written in pieces is one, wherever it was cut.
  const [first, second] = [Buffer.from('cut ä\n').subarray(0, 5), Buffer.from('cut ä\n').subarray(5)];
  appendFileSync(logFileOf(place), first);
  expect(await tail.read()).toEqual([]);
  appendFileSync(logFileOf(place), second);
  expect(await tail.read()).toEqual(['cut ä']);
});
