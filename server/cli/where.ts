import path from 'node:path';
import type { InputOf, ResultOf } from '../protocol/message.ts';
import { ships, where } from '../protocol/where.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { numberOf } from './gitRows.ts';
import { column, oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

type Place = ResultOf<typeof where>['places'][number];
type Shipped = ResultOf<typeof ships>['services'][number];

const whereCommand: Command = {
  domain: 'where',
  verb: '',
  usage: 'hearth where [REV | FILE:LINE] [--in ENVIRONMENT]',
  purpose: 'Say where a commit, or the commit of a line, runs: environments, releases, since when, how healthy.',
  examples: [
    'hearth where',
    'hearth where src/app.ts:42',
    'hearth where v1.2 --json',
    'hearth where HEAD --in production && echo "It is live."',
  ],
  options: {
    in: { type: 'string', value: 'ENVIRONMENT', help: 'only there; exit code 1 when one of its services does not have it' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const { args, rest, options, json, output, send } = context;
    if (args.length + rest.length > 1) throw new UsageFailure('One commit or line at a time.');
    const found = await send(where, await placeMeant(context));
    const only = options['in'];
    const places = found.places.filter(({ environment }) => only === undefined || environment === only);
    if (json) await output.json({ ...found, places });
    else await print(context, { ...found, places });
    const concerned = places.filter((place) => place.concerned);
    return only === undefined || (concerned.length > 0 && concerned.every(({ contained }) => contained === 'in')) ? 0 : 1;
  },
};

/** `FILE:LINE` is a line; everything else a revision. */
async function placeMeant({ args, rest, locate }: CommandContext): Promise<InputOf<typeof where>> {
  const [given = rest[0] ?? 'HEAD'] = args;
  const line = /^(?!:\/)(.+):([1-9]\d{0,8})$/s.exec(given);
  if (line === null) return { repository: (await locate()).repository, at: { kind: 'revision', rev: given } };
  const { repository, path: file } = await locate(line[1]);
  return { repository, at: { kind: 'line', path: file.split(path.sep).join('/'), line: Number(line[2]) } };
}

async function print({ output, options }: CommandContext, found: ResultOf<typeof where>): Promise<void> {
  const { commit, subject, places } = found;
  if (commit === null) {
    await output.line('This line is not committed yet: it runs nowhere.');
    return;
  }
  await output.line(`${output.style('yellow', commit.slice(0, 10))} ${oneLine(subject ?? '')}`);
  if (places.length === 0) {
    output.error('Nothing of this repository is deployed.');
    return;
  }
  const iso = options['iso'] === true;
  const cells = places.map((place) => [
    `${mark(place)} ${place.environment}`,
    place.service,
    stateOf(place, found.line !== undefined),
    `${place.release.slice(0, 12)} ${place.commit.slice(0, 10)}`,
    shownTime(Math.floor(place.since / 1000), iso),
    healthOf(place),
  ]);
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...cells.map((row) => [...(row[at] ?? '')].length)));
  for (const [at, row] of cells.entries()) {
    const text = row.map((cell, index) => (index < widths.length ? column(cell, widths[index] as number) : cell)).join('  ');
    const { contained, concerned } = places[at] as Place;
    await output.line(contained === 'in' && concerned ? text : output.style('dim', text));
  }
  if (places.some(({ contained }) => contained === 'unknown')) {
    output.error('? A deployed commit is not (or not wholly) in this repository: fetch it to know (`git fetch`).');
  }
}

function mark({ contained, concerned }: Place): string {
  if (contained === 'unknown') return '?';
  return contained === 'in' && concerned ? '●' : '○';
}

function stateOf({ contained, concerned }: Place, line: boolean): string {
  const state = contained === 'in' ? 'live' : contained === 'out' ? 'not there' : 'unknown';
  return concerned ? state : `${state} (${line ? 'not made from this file' : 'changes nothing of it'})`;
}

function healthOf({ health }: Place): string {
  return health.state === 'healthy' || health.message === undefined ? health.state : `${health.state}: ${oneLine(health.message)}`;
}

const shipsCommand: Command = {
  domain: 'ships',
  verb: '',
  usage: 'hearth ships ENVIRONMENT [REV] [-n N]',
  purpose: 'Say what would ship: the commits that a deployment of a revision (HEAD) brings to each service, or takes from it.',
  examples: ['hearth ships production', 'hearth ships staging v1.2', 'hearth ships production --json'],
  options: {
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many commits of each service (500)' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const { args, rest, options, json, output, send, locate } = context;
    const [environment, rev = 'HEAD'] = args;
    if (environment === undefined) throw new UsageFailure('To which environment?');
    if (args.length > 2 || rest.length > 0) throw new UsageFailure('One revision at a time.');
    const limit = numberOf(options, 'limit', 1);
    const { repository } = await locate();
    const found = await send(ships, { repository, environment, rev, ...(limit === undefined ? {} : { limit }) });
    if (json) await output.json(found);
    else for (const service of found.services) await printShipped(context, found.commit, service);
    return 0;
  },
};

async function printShipped({ output, options }: CommandContext, commit: string, shipped: Shipped): Promise<void> {
  const { service, live, known, added, removed, more } = shipped;
  const from = live === null ? 'nothing is live' : live.slice(0, 10);
  await output.line(`${output.style('bold', service)}  ${from} → ${commit.slice(0, 10)}`);
  if (!known) await output.line('  The commit that is live is not in this repository: fetch it to know (`git fetch`).');
  else if (added.length + removed.length === 0) await output.line('  Nothing: it is live.');
  const iso = options['iso'] === true;
  const line = (sign: string, { id, subject, author, time }: Shipped['removed'][number], item: number | null): string => {
    const reference = item === null ? '' : ` (#${item})`;
    return `  ${sign} ${id.slice(0, 10)} ${oneLine(subject)}${reference}  ${oneLine(author)}, ${shownTime(Math.floor(time / 1000), iso)}`;
  };
  for (const each of added) {
    const text = line('+', each, each.item);
    await output.line(each.concerned ? text : output.style('dim', text));
  }
  for (const each of removed) await output.line(output.style('red', line('-', each, null)));
  if (more) await output.line('  …');
}

/** `hearth where`, `hearth ships`: from commits and lines to what runs. */
export const whereCommands: readonly Command[] = [whereCommand, shipsCommand];
