import { plainFolder } from './hearthBuild.ts';
import type { ServiceText } from './hearthSchema.ts';
import { pathProblem } from './ownFile.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { durationOf } from './units.ts';
import { namesOf } from './variableRules.ts';
import type { KeyPath } from './yamlText.ts';

const longestBuild = '6h';

/** What is wrong with a static site. */
export function addSiteRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  addRootRules(problems, service, path);
  addOutputRules(problems, service, path);
  addBuildRules(problems, service, path);
  service.smoke?.forEach(({ http, command }, index) => {
    const at = [...path, 'smoke', index];
    if (command !== undefined) {
      const message = 'A static site has no container to run a command in: ask for a whole address with `http`.';
      problems.add([...at, 'command'], { at: 'key', code: 'value', message });
    } else if (http?.startsWith('/') === true) {
      const message = 'Hearth does not know where a static site is served: give the whole address, such as `https://docs.example.test/`.';
      problems.add([...at, 'http'], { code: 'value', message });
    }
  });
}

function addRootRules(problems: Problems, { root }: ServiceText, path: KeyPath): void {
  if (root === undefined) {
    const [first] = problems.yaml.keysOf(path);
    const example = `root: /srv/${String(path[1])}-{environment}`;
    const fix = first === undefined ? undefined : problems.insertAbove([...path, first], `Add \`${example}\``, example);
    const message = `The static site ${named(path[1])} needs \`root\`, the folder of this machine where its releases are.`;
    problems.add(path, { at: 'key', code: 'missing', message, fixes: [fix] });
    return;
  }
  const parts = root.split('/').filter((part) => part !== '');
  if (parts.length === 0 || parts.some((part) => part === '..' || part === '.')) {
    const message = parts.length === 0 ? '`root` must be a folder of its own.' : '`root` must not contain "." or "..".';
    problems.add([...path, 'root'], { code: 'path', message });
  }
}

function addOutputRules(problems: Problems, { output, build }: ServiceText, path: KeyPath): void {
  if (output === undefined) {
    if (build === undefined) return;
    const message = 'A site that is built needs `output`: the folder in which the build puts it.';
    problems.add(path, { at: 'key', code: 'missing', message });
    return;
  }
  const plain = plainFolder(output);
  const problem = plain === '.' && !output.startsWith('/') ? undefined : pathProblem(output.startsWith('/') ? output : plain);
  if (problem !== undefined) problems.add([...path, 'output'], { code: 'path', message: `The path ${named(output)} ${problem}.` });
}

function addBuildRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { build, secrets = [] } = service;
  if (build === undefined) {
    for (const key of ['variables', 'secrets'] as const) {
      if (service[key] === undefined) continue;
      const message = `Only a build uses \`${key}\`: without \`build\` they have no effect.`;
      problems.add([...path, key], { at: 'key', code: 'value', severity: 'warning', message, fixes: [problems.remove([...path, key])] });
    }
    return;
  }
  if (typeof build === 'string' || build.run === undefined) {
    const message = 'The build of a static site needs `run`, such as `build: { run: "npm ci && npm run docs", image: "node:24" }`.';
    problems.add([...path, 'build'], { at: 'key', code: 'missing', message });
    return;
  }
  if (build.timeout !== undefined && durationOf(build.timeout) > durationOf(longestBuild))
    problems.add([...path, 'build', 'timeout'], { code: 'value', message: `\`timeout\` must be at most \`${longestBuild}\`.` });
  if (build.image !== undefined) return;
  secrets.forEach((secret, index) => {
    if (typeof secret === 'string' || secret.as !== 'file') return;
    const message = `A build on this machine gets its secrets as variables: ${named(namesOf([secret])[0])} cannot be a file.`;
    problems.add([...path, 'secrets', index], { code: 'value', message });
  });
}
