import { defaults, plainFolder, publishOf } from './hearthBuild.ts';
import type { ServiceText } from './hearthSchema.ts';
import { addKindRules } from './kindRules.ts';
import { pathProblem } from './ownFile.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { addSiteRules } from './siteRules.ts';
import { addSmokeRules } from './smokeRules.ts';
import { addStackRules } from './stackRules.ts';
import { durationOf, sizeOf } from './units.ts';
import { addSecretLooking, addSecretRules, addVariableRules, namesOf } from './variableRules.ts';
import { addVolumeRules } from './volumeRules.ts';
import type { KeyPath } from './yamlText.ts';

/** What is wrong with one service; `known` are the names of all. */
export function addServiceRules(problems: Problems, service: ServiceText, path: KeyPath, known: readonly string[]): void {
  addKindRules(problems, service, path);
  switch (service.kind) {
    case 'static':
      addSiteRules(problems, service, path);
      break;
    case 'stack':
      addStackRules(problems, service, path);
      addHealthTimes(problems, service, path);
      addTimeRules(problems, service, path);
      break;
    default:
      addContainerRules(problems, service, path);
  }
  addSmokeRules(problems, service, path);
  service.depends_on?.forEach((name, index) => {
    if (known.includes(name)) return;
    const at = [...path, 'depends_on', index];
    problems.add(at, { code: 'reference', message: `There is no service ${named(name)}.`, fixes: problems.near(at, known, 'value') });
  });
  addSecretRules(problems, service, path);
  addVariableRules(problems, service.variables, [...path, 'variables'], namesOf(service.secrets));
}

function addContainerRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const needsPort = (key: KeyPath, why: string) => {
    if (service.port === undefined)
      problems.add([...path, ...key], { at: 'key', code: 'missing', message: `${why} needs the \`port\` that the service listens on.` });
  };
  if (service.build !== undefined && service.image !== undefined) {
    const remove = [problems.remove([...path, 'image']), problems.remove([...path, 'build'])];
    problems.add([...path, 'image'], { at: 'key', code: 'value', message: 'A service has either `build` or `image`.', fixes: remove });
  } else if (service.build === undefined && service.image === undefined) {
    const [first] = problems.yaml.keysOf(path);
    const fix = first === undefined ? undefined : problems.insertAbove([...path, first], 'Add `build: .`', 'build: .');
    const message = `The service ${named(path[1])} needs \`build\` (a folder with a Dockerfile) or \`image\`.`;
    problems.add(path, { at: 'key', code: 'missing', message, fixes: [fix] });
  }
  addBuildRules(problems, service.build, [...path, 'build']);
  if (service.publish !== undefined) {
    needsPort(['publish'], '`publish`');
    if (publishOf(service.publish) === undefined) {
      problems.add([...path, 'publish'], {
        code: 'value',
        message: '`publish` must be a port such as `8080`, or an address and port such as `"0.0.0.0:8080"`.',
      });
    }
    if ((service.replicas ?? 1) > 1)
      problems.add([...path, 'publish'], {
        at: 'key',
        code: 'value',
        message: 'A port can be published by one container only: `replicas` must be 1.',
      });
  }
  if (service.route !== undefined) needsPort(['route'], '`route`');
  addHealthRules(problems, service, path);
  addTimeRules(problems, service, path);
  if (service.resources?.memory !== undefined && sizeOf(service.resources.memory) < sizeOf('6m')) {
    problems.add([...path, 'resources', 'memory'], { code: 'value', message: 'Docker starts no container with less than `6m`.' });
  }
  addVolumeRules(problems, service.volumes ?? [], [...path, 'volumes']);
}

function addBuildRules(problems: Problems, build: ServiceText['build'], path: KeyPath): void {
  if (build === undefined) return;
  const check = (folder: string, at: KeyPath) => {
    const problem =
      plainFolder(folder) === '.' && !folder.startsWith('/')
        ? undefined
        : pathProblem(folder.startsWith('/') ? folder : plainFolder(folder));
    if (problem !== undefined) problems.add(at, { code: 'path', message: `The path ${named(folder)} ${problem}.` });
  };
  if (typeof build === 'string') {
    check(build, path);
    return;
  }
  addSecretLooking(problems, build.args, [...path, 'args'], 'is part of the image for everybody who has it: name it in `build.secrets`');
  if (build.context !== undefined) check(build.context, [...path, 'context']);
  if (build.dockerfile !== undefined) check(build.dockerfile, [...path, 'dockerfile']);
  for (const [name, folder] of Object.entries(build.contexts ?? {})) check(folder, [...path, 'contexts', name]);
}

function addHealthRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { health } = service;
  if (health === undefined) return;
  const at = [...path, 'health'];
  const kinds = (['http', 'tcp', 'command', 'container'] as const).filter((kind) => health[kind] !== undefined);
  if (kinds.length > 1) {
    const remove = kinds.slice(1).map((kind) => problems.remove([...at, kind]));
    problems.add([...at, kinds[1] ?? 'http'], {
      at: 'key',
      code: 'value',
      message: `\`health\` has one of \`http\`, \`tcp\`, \`command\`, \`container\`; here are ${kinds.length}.`,
      fixes: remove,
    });
  }
  const [kind] = kinds;
  if ((kind === 'http' || kind === 'tcp') && service.port === undefined) {
    problems.add([...at, kind], {
      at: 'key',
      code: 'missing',
      message: `\`health.${kind}\` needs the \`port\` that the service listens on.`,
    });
  }
  addHealthTimes(problems, service, path);
}

function addHealthTimes(problems: Problems, { health = {} }: ServiceText, path: KeyPath): void {
  const time = (key: keyof typeof defaults.health) => durationOf(health[key] ?? defaults.health[key]);
  if (time('deadline') <= time('healthy_for')) {
    const key = health.deadline === undefined ? 'healthy_for' : 'deadline';
    const message = `It must be well for ${health.healthy_for ?? defaults.health.healthy_for}, and fails after ${health.deadline ?? defaults.health.deadline}: no version could ever go live.`;
    problems.add([...path, 'health', key], { code: 'value', message });
  }
}

/** Longer than anybody waits, and short enough for every timer. */
const longest = '24h';

function addTimeRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { interval, timeout, healthy_for, deadline } = service.health ?? {};
  const times = { 'health.interval': interval, 'health.timeout': timeout, 'health.healthy_for': healthy_for, 'health.deadline': deadline };
  for (const [key, value] of Object.entries({ ...times, drain: service.drain, stop_timeout: service.stop_timeout })) {
    if (value === undefined) continue;
    const name = key.split('.').at(-1);
    const at = [...path, ...key.split('.')];
    if (durationOf(value) > durationOf(longest))
      problems.add(at, { code: 'value', message: `\`${name}\` must be at most \`${longest}\`.` });
    if (durationOf(value) < 10 && (name === 'interval' || name === 'timeout'))
      problems.add(at, { code: 'value', message: `\`${name}\` must be at least \`10ms\`.` });
  }
}
