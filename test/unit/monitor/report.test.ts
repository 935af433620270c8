// Reports: what people and servers have written is text in them, never markup.
import { describe, expect, it } from 'vitest';
import { documentText } from '../../../server/monitor/endpoint.ts';
import { type MonitorReport, type Report, totalUptime } from '../../../server/monitor/report/collect.ts';
import { htmlReport } from '../../../server/monitor/report/html.ts';
import { markdownReport } from '../../../server/monitor/report/markdown.ts';
import { lengthText, percentText } from '../../../server/monitor/report/words.ts';
import { check, monitorSettings } from '../../../server/protocol/monitorTypes.ts';

const nasty = '<img src=x onerror=alert(1)> [a](command:x) `b` | "c" \u202eevil\u0000\nnew';
const day = 86_400_000;

const monitor = (given: Partial<MonitorReport>): MonitorReport => ({
  ...{ name: 'home', service: 'web', environment: 'production', kind: 'http', target: 'https://shop.example.test/' },
  ...{ uptime: 0.99, beats: 1000, up: 990, down: 10, p50: 12, p95: 120, p99: 12_345, days: [], outages: [] },
  ...given,
});
const report = (monitors: MonitorReport[]): Report => ({ project: nasty, from: 0, to: 30 * day, made: 31 * day, monitors, incidents: [] });

describe('a report', () => {
  const full: Report = {
    ...report([
      monitor({
        name: 'home',
        target: nasty,
        days: [{ time: 0, uptime: 0.5, p95: 1 }],
        outages: [{ from: day, to: 2 * day, message: nasty }],
      }),
      monitor({ name: 'api', uptime: null, p50: null, p95: null, p99: null }),
    ]),
    incidents: [{ number: 7, title: nasty, severity: 'major', state: 'resolved', services: [], started: day, resolved: 2 * day }],
  };

  it('as HTML holds no markup of others, no script, nothing from elsewhere', () => {
    const html = htmlReport(full);
    expect(html).not.toMatch(/<img|<script|\son\w+="|https?:\/\/(?!shop\.example\.test)/i);
    expect(html).not.toMatch(/[\u202e\0]/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).toContain("default-src 'none'");
  });

  it('as Markdown holds no markup of others and stays one row a monitor', () => {
    const text = markdownReport(full);
    expect(text).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(command|[\u202e\0]/);
    expect(text.split('\n').filter((line) => line.startsWith('| ')).length).toBe(4);
    expect(text).toContain('I-7');
  });

  it('counts all monitors together by their looks', () => {
    expect(
      totalUptime(
        report([monitor({ uptime: 0.99, beats: 1000, up: 990, down: 10 }), monitor({ uptime: 1, beats: 9000, up: 3000, down: 0 })]),
      ),
    ).toBeCloseTo(0.9975, 6);
    expect(totalUptime(report([monitor({ uptime: null, up: 0, down: 0 })]))).toBeNull();
    expect(totalUptime(report([monitor({ uptime: 0, beats: 5, up: 0, down: 5 })]))).toBe(0);
  });

  it('never rounds up to a hundred', () => {
    expect([1, 0.999999, 0.99956, 0.5, 0, null].map(percentText)).toEqual(['100 %', '99.999 %', '99.956 %', '50.00 %', '0.00 %', '–']);
    expect([45_000, 600_000, 3 * 3_600_000, 3 * day].map(lengthText)).toEqual(['45 s', '10 min', '3 h 0 min', '3 d 0 h']);
  });
});

it('the page of an endpoint keeps what it quotes inside its quotes', () => {
  const text = documentText(
    {
      ...{
        id: 'x',
        project: 'p',
        name: 'home',
        service: 'web',
        environment: null,
        source: 'manual',
        paused: false,
        orphan: null,
        created: 0,
        updated: 0,
      },
      check: check.parse({ kind: 'command', command: ['bin/check', '`id`', 'a\nb'] }),
      settings: monitorSettings.parse({ assert: ['text contains "``"'] }),
    },
    12,
  );
  expect(text).toContain('``command bin/check `id` a b``');
  expect(text).toContain('```text contains "``"```');
  expect(text).toContain('#12');
});
