import type { ServiceText } from './hearthSchema.ts';
import type { Problems } from './problems.ts';
import type { KeyPath } from './yamlText.ts';

type ServiceKind = NonNullable<ServiceText['kind']>;

const called: Record<ServiceKind, string> = { container: 'a container', static: 'a static site', stack: 'a stack' };

const container: readonly ServiceKind[] = ['container'];
const site: readonly ServiceKind[] = ['static'];
const stack: readonly ServiceKind[] = ['stack'];

/** Keys that not every kind of service has. */
const only: Partial<Record<keyof ServiceText, readonly ServiceKind[]>> = {
  build: ['container', 'static'],
  ...{ image: container, port: container, publish: container, command: container, entrypoint: container, user: container },
  ...{ volumes: container, replicas: container, resources: container, route: container, drain: container, stop_timeout: container },
  ...{ hooks: container, migrate: container },
  health: ['container', 'stack'],
  ...{ root: site, output: site },
  ...{ compose: stack, profiles: stack },
};

type BuildText = Exclude<NonNullable<ServiceText['build']>, string>;

const onlyInBuild: Partial<Record<keyof BuildText, readonly ServiceKind[]>> = {
  ...{ run: site, image: site, timeout: site },
  ...{ context: container, dockerfile: container, target: container, args: container, secrets: container, contexts: container },
  ...{ paths: container, platform: container },
};

/** Keys that have no meaning for what the service is. */
export function addKindRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { kind = 'container', build } = service;
  const check = (keys: object, table: Readonly<Record<string, readonly ServiceKind[]>>, at: KeyPath, prefix: string) => {
    for (const key of Object.keys(keys)) {
      const kinds = table[key];
      if (kinds === undefined || kinds.includes(kind)) continue;
      const whose = kinds.map((each) => called[each]).join(' or ');
      const message = `\`${prefix}${key}\` is for ${whose}, and this is ${called[kind]}.`;
      problems.add([...at, key], { at: 'key', code: 'kind', message, fixes: [problems.remove([...at, key])] });
    }
  };
  check(service, only, path, '');
  if (typeof build === 'object' && kind !== 'stack') check(build, onlyInBuild, [...path, 'build'], 'build.');
}
