import type { Routing, Service } from '../config/hearthTypes.ts';
import { plainLine } from './plainLine.ts';
import { isRouted, type Strategy } from './strategy.ts';

interface Told {
  readonly service: Service;
  readonly routing: Routing;
  readonly strategy: Strategy;
  readonly image: string;
  readonly reuse: boolean;
  /** Something serves now. */
  readonly replaces: boolean;
  readonly registry: string | undefined;
  /** Services that call this one by name, as far as `depends_on` tells. */
  readonly callers: readonly string[];
}

/** What happens to a service, a sentence each, in order. */
export function stepsOf(told: Told): string[] {
  const { service, routing, strategy, replaces } = told;
  const copies = service.replicas === 1 ? 'a new container' : `${service.replicas} new containers`;
  const routed = isRouted(service, routing);
  const steps = [...imageSteps(told), ...migrationSteps(service)];
  const before = service.hooks.before === undefined ? [] : ['Run the hook "before".'];
  if (strategy === 'trial' && replaces) {
    steps.push(`Start a trial without port ${service.publish?.port}, and wait until it is healthy (${healthText(service)}).`, ...before);
    steps.push('Stop the old container.', `Start the new one with port ${service.publish?.port}, and wait until it answers.`);
  } else if (strategy === 'stop-first' && replaces) {
    steps.push(...before, 'Stop the old container: both would write the same volume.');
    steps.push(`Start ${copies}, and wait until healthy (${healthText(service)}).`);
  } else {
    steps.push(`Start ${copies}, and wait until healthy (${healthText(service)}).`, ...before);
  }
  if (routed) steps.push(`Switch the route ${service.route?.host}${service.route?.path}, and see it answer there.`);
  steps.push(...smokeStep(service, replaces));
  if (replaces && routed && strategy === 'beside') steps.push(`Let the old version finish its requests (${seconds(service.drain)}).`);
  if (replaces) steps.push('Remove the old containers; their image is kept to go back to.');
  if (service.hooks.after !== undefined) steps.push('Run the hook "after".');
  return steps;
}

/** What is tried after the switch, in a sentence; none without smoke tests. */
export function smokeStep({ smoke = [] }: Service, replaces: boolean): string[] {
  if (smoke.length === 0) return [];
  const names = smoke.map(({ name }) => plainLine(name.replace(/\s+/g, ' '))).join('; ');
  const otherwise = replaces ? 'when one fails, the old version serves again' : 'when one fails, it is taken down';
  return [`Run ${smoke.length === 1 ? 'the smoke test' : `${smoke.length} smoke tests`} (${names}); ${otherwise}.`];
}

function migrationSteps({ migrate }: Service): string[] {
  if (migrate === undefined) return [];
  const first = migrate.dryRun === undefined ? '' : 'Try the migration (dry run); ';
  const back = migrate.rollback === undefined ? 'it has no rollback' : 'its rollback runs when the deployment is taken back';
  return [`${first}${first === '' ? 'Run' : 'run'} the migration, once for this image; ${back}.`];
}

/** Why it is not without a gap, and what it costs; undefined when it is. */
export function downtimeOf({ service, routing, strategy, replaces, callers }: Told): string | undefined {
  if (!replaces) return undefined;
  if (strategy === 'trial') {
    return `Only one container can have port ${service.publish?.port}: it does not answer from the stop of the old one until the new one has started.`;
  }
  if (strategy === 'stop-first') {
    const volumes = service.volumes.filter(({ readOnly }) => !readOnly).map(({ source }) => source);
    return `Two versions must not write ${volumes.join(', ')} at once: it does not answer from the stop of the old one until the new one is healthy.`;
  }
  if (service.port !== undefined && (!isRouted(service, routing) || callers.length > 0)) {
    const who = callers.length > 0 ? callers.join(', ') : 'Whoever calls it by its name in the network';
    return `${who} may reach the new version while it still starts: both have the name until the old one is removed.`;
  }
  return undefined;
}

function imageSteps({ service, image, reuse, registry }: Told): string[] {
  if (service.source.kind === 'image') return [reuse ? `Use the image ${image}, which is there.` : `Get the image ${image}.`];
  const build = reuse ? `Use the image ${image}, which is there.` : `Build ${image} from the commit.`;
  return registry === undefined ? [build] : [build, `Push it to ${registry}, and go on with its digest.`];
}

function healthText({ health, port }: Service): string {
  const { probe, healthyFor } = health;
  const what = {
    http: probe.kind === 'http' ? `GET ${probe.path}` : '',
    tcp: `port ${port} answers`,
    command: probe.kind === 'command' ? probe.command.join(' ') : '',
    container: "the image's own health check, or that it keeps running",
  }[probe.kind];
  return `${what} for ${seconds(healthyFor)}`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
