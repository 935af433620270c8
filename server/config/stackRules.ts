import { plainFolder } from './hearthBuild.ts';
import type { ServiceText } from './hearthSchema.ts';
import { pathProblem } from './ownFile.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import type { KeyPath } from './yamlText.ts';

const profile = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/** What is wrong with a stack. What is wrong with its compose file shows in the plan: the file of the commit counts. */
export function addStackRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { compose, profiles, health = {} } = service;
  if (compose !== undefined) {
    const problem = pathProblem(compose.startsWith('/') ? compose : plainFolder(compose));
    if (problem !== undefined) problems.add([...path, 'compose'], { code: 'path', message: `The path ${named(compose)} ${problem}.` });
  }
  profiles?.forEach((each, index) => {
    if (!profile.test(each))
      problems.add([...path, 'profiles', index], { code: 'value', message: `${named(each)} is no name of a profile.` });
  });
  for (const key of ['http', 'tcp', 'command'] as const) {
    if (health[key] === undefined) continue;
    const at = [...path, 'health', key];
    const message = `The Swarm looks after the health of a stack: put a \`healthcheck\` into the compose file instead of \`${key}\`.`;
    problems.add(at, { at: 'key', code: 'kind', message, fixes: [problems.remove(at)] });
  }
  service.smoke?.forEach(({ http, command }, index) => {
    const at = [...path, 'smoke', index];
    if (command !== undefined) {
      const message = 'A stack has many images: ask one of its services for a whole address with `http`.';
      problems.add([...at, 'command'], { at: 'key', code: 'value', message });
    } else if (http?.startsWith('/') !== false) {
      const message = 'Hearth does not know which service of a stack answers: give the whole address, such as `http://127.0.0.1:8080/`.';
      problems.add(http === undefined ? at : [...at, 'http'], { code: 'value', message });
    }
  });
}
