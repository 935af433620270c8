import type { explain } from '../protocol/config.ts';
import type { ResultOf } from '../protocol/message.ts';
import { yamlOf } from './difference.ts';
import type { HearthConfig, MonitorConfig } from './hearthTypes.ts';
import { durationText } from './units.ts';
import type { YamlText } from './yamlText.ts';

type Row = ResultOf<typeof explain>['rows'][number];

/** What the catalog knows of a service, as far as the file says it; `depends_on` also with what is not deployed from here. */
export function factRows(config: HearthConfig, yaml: YamlText, service: string): Row[] {
  const { dependsOn, ...facts } = config.catalog[service]?.facts ?? {};
  const needs = dependsOn === undefined ? {} : { depends_on: dependsOn };
  return Object.entries({ ...needs, ...facts }).map(([key, value]) => {
    const path = ['services', service, key];
    return { key: path.join('.'), value: yamlOf(value), origin: { kind: 'file', line: yaml.keyPlace(path).line } };
  });
}

/** Monitors of an environment, and of one service only where one is named: what is looked at, and how. */
export function monitorRows(config: HearthConfig, yaml: YamlText, environment: string, service: string | undefined): Row[] {
  return config.monitors.flatMap((monitor, index) => {
    if (monitor.environment !== environment || (service !== undefined && monitor.service !== service)) return [];
    return valuesOf(monitor).map(([key, value]): Row => {
      const at = ['monitors', index, key];
      const origin: Row['origin'] = yaml.has(at) ? { kind: 'file', line: yaml.keyPlace(at).line } : { kind: 'default' };
      return { key: `monitors.${monitor.name}.${key}`, value: yamlOf(value), origin };
    });
  });
}

/** Keys of a monitor as the file calls them, with what counts. */
function valuesOf({ service, check: { kind, ...check }, settings }: MonitorConfig): [string, unknown][] {
  const { interval, timeout, failures, successes, retryInterval, inverted, assert, remind, notify } = settings;
  const values: [string, unknown][] = [
    ['service', service],
    [kind, Object.keys(check).length === 0 ? true : check],
    ['interval', durationText(interval)],
    ['timeout', durationText(timeout)],
    ['failures', failures],
    ['successes', successes],
    ['retry_interval', durationText(retryInterval)],
    ['inverted', inverted || undefined],
    ['assert', assert.length === 0 ? undefined : assert],
    ['remind', remind === 0 ? undefined : durationText(remind)],
    ['notify', notify],
  ];
  return values.filter(([, value]) => value !== undefined);
}
