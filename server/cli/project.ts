import { adopt, ensure, find, list, type Project } from '../protocol/project.ts';
import type { Command, CommandContext } from './command.ts';
import { column, oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

/** `hearth project …`: which project a repository is, and which ones there are. */
export const projectCommands: readonly Command[] = [
  {
    domain: 'project',
    verb: 'show',
    usage: 'hearth project show',
    purpose: 'Show which project this repository is, or which ones it may be a clone of. Exit code 1 when it is none yet.',
    examples: ['hearth project show', 'hearth project show --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const found = await context.send(find, { repository });
      if (context.json) await context.output.json(found);
      else if (found.project !== undefined) await printProject(context, found.project);
      else await printCandidates(context, found.candidates);
      return found.project === undefined ? 1 : 0;
    },
  },
  {
    domain: 'project',
    verb: 'init',
    usage: 'hearth project init [--name NAME]',
    purpose: 'Give this repository an identity (a UUID in its git configuration), when it has none yet.',
    examples: ['hearth project init', 'hearth project init --name shop'],
    options: { name: { type: 'string', value: 'NAME', help: 'lower-case letters, digits and hyphens, at most 30 (default: the folder)' } },
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const name = context.options['name'];
      const { project, created } = await context.send(ensure, { repository, ...(typeof name === 'string' ? { name } : {}) });
      if (context.json) return context.output.json({ project, created }).then(() => 0);
      await context.output.line(created ? `Created project ${project.name}.` : `This already is project ${project.name}.`);
      await printProject(context, project);
      return 0;
    },
  },
  {
    domain: 'project',
    verb: 'adopt',
    usage: 'hearth project adopt ID|NAME',
    purpose: 'Say that this clone is the same project as a known one.',
    examples: ['hearth project adopt shop', 'hearth project adopt 3f0c'],
    options: {},
    run: async (context) => {
      const [wanted, ...more] = context.args;
      if (wanted === undefined || more.length > 0) throw new UsageFailure('Which project? One name or id.');
      const { repository } = await context.locate();
      const { projects } = await context.send(list, {});
      const { project } = await context.send(adopt, { repository, project: idOf(wanted, projects) });
      if (context.json) return context.output.json({ project }).then(() => 0);
      await context.output.line(`This is project ${project.name} now.`);
      await printProject(context, project);
      return 0;
    },
  },
  {
    domain: 'project',
    verb: 'list',
    usage: 'hearth project list',
    purpose: 'List the known projects and where their repositories lie.',
    examples: ['hearth project list', 'hearth project list --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { projects } = await context.send(list, {});
      if (context.json) {
        for (const project of projects) await context.output.json(project);
        return 0;
      }
      const width = Math.max(0, ...projects.map(({ name }) => name.length));
      for (const { id, name, places } of projects) {
        const [first = '', ...others] = places.map(workTreeOf);
        const rest = others.length === 0 ? '' : ` and ${others.length} more`;
        await context.output.line(`${context.output.style('cyan', column(name, width))}  ${id}  ${oneLine(first)}${rest}`);
      }
      if (projects.length === 0) context.output.error('There are no projects yet. `hearth project init` makes one of a repository.');
      return 0;
    },
  },
];

/** A name, an id, or the beginning of one that is unique. What is none of these is sent as it is: the hub says that it is unknown. */
function idOf(wanted: string, projects: readonly Project[]): string {
  const named = projects.find(({ name, id }) => name === wanted || id === wanted);
  if (named !== undefined) return named.id;
  const begins = projects.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
  if (begins.length > 1) throw new UsageFailure(`${begins.length} projects have an id that begins with ${wanted}.`);
  return begins[0]?.id ?? wanted;
}

async function printProject({ output }: CommandContext, { id, name, remote, rootCommit, places }: Project): Promise<void> {
  const rows: [string, string][] = [
    ['name', name],
    ['id', id],
    ...(remote === undefined ? [] : [['remote', oneLine(remote)] as [string, string]]),
    ...(rootCommit === undefined ? [] : [['first commit', rootCommit] as [string, string]]),
    ...places.map((place, at): [string, string] => [at === 0 ? 'repositories' : '', oneLine(workTreeOf(place))]),
  ];
  for (const [key, value] of rows) await output.line(`${output.style('dim', column(key, 14))}${value}`);
}

async function printCandidates({ output }: CommandContext, candidates: readonly Project[]): Promise<void> {
  if (candidates.length === 0) {
    await output.line(
      'This repository is no project yet. It becomes one by the first action that keeps state, or by `hearth project init`.',
    );
    return;
  }
  await output.line('This repository is no project yet. It looks like a clone of:');
  for (const { id, name } of candidates) await output.line(`  ${output.style('cyan', name)}  ${id}`);
  await output.line('`hearth project adopt NAME` makes it the same project, `hearth project init` one of its own.');
}

/** A person knows the work tree, not the folder `.git` in it. */
function workTreeOf(commonDir: string): string {
  return commonDir.replace(/[\\/]\.git$/, '');
}
