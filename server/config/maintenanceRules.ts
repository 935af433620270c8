import { cronProblem } from './cron.ts';
import type { FittingFile, Names } from './fittingFile.ts';
import { addReference, addTime } from './monitorRules.ts';
import type { MaintenanceText } from './monitorSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { watchDefaults } from './watchBuild.ts';
import type { KeyPath } from './yamlText.ts';
import { isTimeZone, zonedTime } from './zonedTime.ts';

/** What is wrong with maintenance windows. */
export function addMaintenanceRules(problems: Problems, windows: NonNullable<FittingFile['maintenance']>, names: Names): void {
  const seen = new Set<string>();
  windows.forEach((window, index) => {
    if (window === undefined) return;
    const path = ['maintenance', index];
    if (seen.has(window.name))
      problems.add([...path, 'name'], { code: 'value', message: `There are two maintenance windows ${named(window.name)}.` });
    seen.add(window.name);
    (window.monitors ?? []).forEach((name, at) => {
      addReference(problems, [...path, 'monitors', at], name, names.monitors, 'monitor');
    });
    if (window.time_zone === undefined || isTimeZone(window.time_zone)) addWhenRules(problems, window, path);
    else
      problems.add([...path, 'time_zone'], {
        code: 'value',
        message: `There is no time zone ${named(window.time_zone)}; it is written \`Europe/Berlin\`.`,
      });
  });
}

function addWhenRules(problems: Problems, window: MaintenanceText, path: KeyPath): void {
  const { name, cron, duration, from } = window;
  addTime(problems, [...path, 'duration'], duration, '1m', '720h');
  if (cron === undefined && from === undefined) {
    const message = `The window ${named(name)} needs when it is: \`cron\` and \`duration\`, or \`from\` and \`to\`.`;
    problems.add([...path, 'name'], { code: 'missing', message });
    return;
  }
  if (cron !== undefined) {
    const problem = cronProblem(cron);
    if (problem !== undefined) problems.add([...path, 'cron'], { code: 'value', message: problem });
    if (duration === undefined) problems.add([...path, 'cron'], { at: 'key', code: 'missing', message: '`cron` needs a `duration`.' });
    for (const key of ['from', 'to'] as const) {
      if (window[key] === undefined) continue;
      const fixes = [problems.remove([...path, key])];
      problems.add([...path, key], { at: 'key', code: 'value', message: `A window with \`cron\` has no \`${key}\`.`, fixes });
    }
    return;
  }
  addOnce(problems, window, path);
}

function addOnce(
  problems: Problems,
  { from = '', to, duration, time_zone = watchDefaults.timeZone }: MaintenanceText,
  path: KeyPath,
): void {
  if ((to === undefined) === (duration === undefined)) {
    problems.add([...path, 'from'], { at: 'key', code: 'missing', message: '`from` needs `to`, or a `duration`: one of them.' });
  }
  const times = { from: zonedTime(from, time_zone), to: to === undefined ? undefined : zonedTime(to, time_zone) };
  for (const key of ['from', 'to'] as const) {
    if (times[key] !== undefined || (key === 'to' && to === undefined)) continue;
    problems.add([...path, key], { code: 'value', message: `\`${key}\` must be a day and time such as \`2026-12-01 10:00\`.` });
  }
  if (times.from !== undefined && times.to !== undefined && times.to <= times.from)
    problems.add([...path, 'to'], { code: 'value', message: '`to` must be after `from`.' });
}
