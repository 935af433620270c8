import { hearthHome } from '../home.ts';
import type { LogLine } from '../operation/logLine.ts';
import { claim, status, stop } from '../protocol/hub.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import { formatLine } from '../rpc/log.ts';
import { isoTime, relativeTime } from '../time.ts';
import type { Command } from './command.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth hub` and `hearth serve`: the process that owns the state. Only `serve` starts one. */

const statusCommand: Command = {
  domain: 'hub',
  verb: 'status',
  usage: 'hearth hub status',
  purpose: 'Say whether the hub runs, and who uses it. Starts none.',
  examples: ['hearth hub status', 'hearth hub status --json'],
  options: {},
  run: async ({ send, json, output }) => {
    const found = await send(status, {});
    if (json) await output.json(found);
    else await output.write(statusText(found));
    return 0;
  },
};

const stopCommand: Command = {
  domain: 'hub',
  verb: 'stop',
  usage: 'hearth hub stop',
  purpose: 'End the hub after it finished what runs. The next request that needs it starts it again.',
  examples: ['hearth hub stop'],
  options: {},
  run: async ({ send, json, output }) => {
    const result = await send(stop, {});
    if (json) await output.json(result);
    else await output.line(result.stopped ? 'Stopped.' : 'No hub runs.');
    return 0;
  },
};

const claimCommand: Command = {
  domain: 'hub',
  verb: 'claim',
  usage: 'hearth hub claim --move | --copy [--yes]',
  purpose: 'Use a home here that another machine used last: as the same one (`--move`), or as one of its own (`--copy`).',
  examples: ['hearth hub claim --move', 'hearth hub claim --copy --yes'],
  options: {
    move: { type: 'boolean', help: 'it moved here: the identity stays, the other machine must not use it any more' },
    copy: { type: 'boolean', help: 'it is a copy: it gets a new identity, the other one lives on' },
    yes: { type: 'boolean', help: 'the other machine does not use this very folder now' },
  },
  run: async ({ send, options, json, output }) => {
    if ((options['move'] === true) === (options['copy'] === true)) throw new UsageFailure('Say --move or --copy.');
    const identity = options['move'] === true ? 'move' : 'copy';
    const confirmed = options['yes'] === true ? { confirmed: true } : {};
    const result = await send(claim, { identity, ...confirmed });
    if (json) await output.json(result);
    else await output.line('Claimed; the next request that needs the hub starts it here.');
    return 0;
  },
};

const serveCommand: Command = {
  domain: 'serve',
  verb: '',
  usage: 'hearth serve [--metrics-port PORT]',
  purpose:
    'Be the hub in the foreground, without end: for monitoring around the clock. Metrics and health are on 127.0.0.1:9797. Ctrl-C ends it cleanly.',
  examples: ['hearth serve', 'hearth serve --metrics-port 9100', 'hearth serve --metrics-port 0', 'hearth serve --json >> hearth.log'],
  options: { 'metrics-port': { type: 'string', value: 'PORT', help: 'where /metrics and /healthz are served (9797); 0: nowhere' } },
  endless: true,
  run: async ({ signal, json, options }) => {
    const { runHub } = await import('../hub/run.ts');
    const home = hearthHome();
    const metricsPort = portOf(options['metrics-port']);
    const heard = (line: LogLine) => {
      if (line.level === 'debug') return;
      // Not through the command's output, which is abandoned with Ctrl-C: how it ended is to be read.
      process.stdout.write(json ? `${JSON.stringify({ ...line, time: new Date(line.time).toISOString() })}\n` : `${serveText(line)}\n`);
    };
    const listening = () => heard({ time: Date.now(), level: 'info', domain: 'hub', text: 'ready', correlation: null, fields: { home } });
    const outcome = await runHub({ home, serving: true, metricsPort, heard, stop: signal, listening });
    if (outcome.kind === 'another') {
      throw new Failure('locked', `Another \`hearth serve\` (process ${outcome.pid}) serves ${home} already.`, {
        hint: '`hearth hub stop` ends it.',
      });
    }
    return outcome.why === 'superseded' || outcome.why === 'failed' ? 1 : 0;
  },
};

export const hubCommands: readonly Command[] = [statusCommand, stopCommand, claimCommand, serveCommand];

function portOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new UsageFailure('--metrics-port takes the number of a port, or 0.');
}

function serveText({ time, level, text, correlation, fields }: LogLine): string {
  const said = oneLine(formatLine(text, { ...fields, ...(correlation === null ? {} : { id: correlation }) }));
  return `${new Date(time).toISOString()} ${level.padEnd(5)} ${said}`;
}

function statusText({ home, state, hub, owner }: ResultOf<typeof status>): string {
  const rows: [string, string][] = [['Hub', state]];
  if (hub !== undefined) {
    rows.push(
      ['Process', `${hub.pid}, ${hub.serving ? 'serving' : 'started on need'}, since ${relativeTime(hub.startedAt / 1000)}`],
      ['Version', `${hub.version} (protocol ${hub.protocol}, ${hub.runtime})`],
      ['Memory', `${Math.round(hub.memory.rss / (1 << 20))} MB`],
      ['Fence', String(hub.fence)],
      ...hub.clients.map(({ client, pid, version }): [string, string] => ['Client', `${client} ${pid} (${version})`]),
    );
  }
  if (owner !== undefined) {
    const how = owner.released ? 'ended' : state === 'stopped' ? 'ended without a word' : 'owns it';
    rows.push(['Last owner', `process ${owner.pid} on ${owner.host}, since ${isoTime(Math.floor(owner.since / 1000))}, ${how}`]);
  }
  rows.push(['Home', home]);
  return rows.map(([name, value]) => `${name.padEnd(11)} ${value}\n`).join('');
}
