import { volumeOf } from './hearthBuild.ts';
import type { ServiceText } from './hearthSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import type { KeyPath } from './yamlText.ts';

/** Volumes are named ones: nothing of the machine that runs the engine gets into a container. */
export function addVolumeRules(problems: Problems, volumes: NonNullable<ServiceText['volumes']>, path: KeyPath): void {
  const targets = new Set<string>();
  volumes.forEach((volume, index) => {
    const problem = problemOf(volume, targets);
    if (problem !== undefined) problems.add([...path, index], problem);
    targets.add(volumeOf(volume).target);
  });
}

function problemOf(
  volume: NonNullable<ServiceText['volumes']>[number],
  targets: ReadonlySet<string>,
): { code: string; message: string } | undefined {
  const { source, target } = volumeOf(volume);
  if (/^[./~$]/.test(source) || source.includes('\\') || (/^[A-Za-z]$/.test(source) && target.startsWith('\\'))) {
    const message = `Folders of the machine, such as ${named(source)}, are not mounted into containers. Use a named volume: \`data:/var/lib/data\`.`;
    return { code: 'host-folder', message };
  }
  if (typeof volume === 'string' && !/^[^:]+:[^:]+(:(ro|rw))?$/.test(volume)) {
    return { code: 'value', message: 'A volume is written `name:/path`, or `name:/path:ro` for reading only.' };
  }
  if (!/^[a-z0-9]([a-z0-9_.-]{0,28}[a-z0-9])?$/.test(source)) {
    return {
      code: 'name',
      message: `The name ${named(source)} of a volume must be lower-case letters, digits, \`.\`, \`_\` and \`-\`, at most 30 of them.`,
    };
  }
  const parts = target.split('/').slice(1);
  if (
    !target.startsWith('/') ||
    target === '/' ||
    parts.some((part) => part === '' || part === '.' || part === '..') ||
    /[\0-\x1f\x7f]/.test(target)
  ) {
    return { code: 'path', message: `${named(target)} must be an absolute path in the container, such as \`/data\`.` };
  }
  return targets.has(target) ? { code: 'value', message: `Two volumes cannot both be at ${named(target)}.` } : undefined;
}
