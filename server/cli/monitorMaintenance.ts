import { endMaintenance, listMaintenance, startMaintenance } from '../protocol/monitor.ts';
import { isoTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { durationIn } from './monitorOptions.ts';
import { column, oneLine } from './text.ts';
import { momentOf } from './timeArgument.ts';
import { UsageFailure } from './usage.ts';
import { optionOf, optionsOf } from './workItem.ts';

/** `hearth monitor maintenance`: windows in which nobody is told. */
export const maintenanceCommand: Command = {
  domain: 'monitor',
  verb: 'maintenance',
  usage: 'hearth monitor maintenance [start NAME --duration TIME [--from TIME] [--monitor NAME]… | end NAME]',
  purpose:
    'List maintenance windows, open one by hand, or close one before its time. While one is open nobody is told, and the time does not count.',
  examples: [
    'hearth monitor maintenance',
    'hearth monitor maintenance start "database move" --duration 2h --monitor database',
    'hearth monitor maintenance end "database move"',
  ],
  options: {
    duration: { type: 'string', value: 'TIME', help: 'how long: 30m, 2h' },
    from: { type: 'string', value: 'TIME', help: 'from when: "2026-01-31 22:00"; now unless told' },
    monitor: { type: 'string', value: 'NAME', multiple: true, help: 'only these; all unless told' },
  },
  run: async (context) => {
    const [action, name, ...more] = [...context.args, ...context.rest];
    if (more.length > 0) throw new UsageFailure('One window at a time; put its name in quotes.');
    const { repository } = await context.locate();
    if (action === undefined) return show(context, repository);
    if (name === undefined) throw new UsageFailure('Which name has the window?');
    if (action === 'start') return start(context, repository, name);
    if (action === 'end') return end(context, repository, name);
    throw new UsageFailure(`"${action}" is neither start nor end.`);
  },
};

async function show({ send, output, json }: CommandContext, repository: string): Promise<number> {
  const { windows } = await send(listMaintenance, { repository });
  if (json) for (const each of windows) await output.json(each);
  else if (windows.length === 0) output.error('There are no maintenance windows.');
  else {
    const widest = Math.max(...windows.map(({ name }) => [...oneLine(name)].length));
    for (const { name, active, next, cron, monitors, source, timeZone } of windows) {
      const when = next === null ? 'over' : `${stamp(next.from)} to ${stamp(next.to)}`;
      const state = active ? output.style('blue', column('open', 5)) : column('', 5);
      const rule = cron === null ? '' : `${cron} (${timeZone})`;
      const more = [rule, monitors.length === 0 ? 'all monitors' : monitors.join(', '), source === 'file' ? 'hearth.yaml' : 'by hand'];
      await output.line(
        `${column(oneLine(name), widest)}  ${state}  ${when}  ${output.style(
          'dim',
          more
            .filter((each) => each !== '')
            .map(oneLine)
            .join(' · '),
        )}`,
      );
    }
  }
  return 0;
}

async function start({ send, output, json, options }: CommandContext, repository: string, name: string): Promise<number> {
  const duration = optionOf(options, 'duration');
  if (duration === undefined) throw new UsageFailure('How long?', '--duration 30m');
  const from = optionOf(options, 'from');
  const found = await send(startMaintenance, {
    ...{ repository, name, duration: durationIn(duration, '--duration'), monitors: optionsOf(options, 'monitor', true) },
    ...(from === undefined ? {} : { from: momentOf(from, '--from') }),
  });
  if (json) await output.json(found.window);
  else await output.line(`${oneLine(name)}: ${stamp(found.window.from ?? 0)} to ${stamp(found.window.to ?? 0)}`);
  return 0;
}

async function end({ send, output, json }: CommandContext, repository: string, name: string): Promise<number> {
  const { windows } = await send(listMaintenance, { repository });
  const [found, ...others] = windows.filter((each) => each.id === name || each.name === name);
  if (found === undefined) throw new UsageFailure(`There is no maintenance window "${name}".`, '`hearth monitor maintenance` lists them.');
  if (others.length > 0)
    throw new UsageFailure(`Several windows are called "${name}".`, `By id: ${[found, ...others].map(({ id }) => id).join(', ')}.`);
  const { window } = await send(endMaintenance, { repository, id: found.id });
  if (json) await output.json(window);
  else await output.line(`${oneLine(window.name)} is over.`);
  return 0;
}

const stamp = (time: number): string => isoTime(Math.floor(time / 1000));
