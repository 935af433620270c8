import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readOwnFile } from '../config/ownFile.ts';
import type { ResultOf } from '../protocol/message.ts';
import { type ItemType, itemTypes, type templates } from '../protocol/work.ts';
import { asFailure } from '../rpc/failure.ts';
import { builtInChecklists } from './builtInTemplates.ts';
import { parseTemplate } from './templateText.ts';

type Answer = ResultOf<typeof templates>;
export type Template = Answer['templates'][number];
type Problem = Template['problems'][number];

const folder = '.hearth/templates';
const mostBytes = 64_000;
const mostProblems = 20;

/** The templates of a work tree, one for each type: a file of its own, else the built-in one. They are text: nothing in them is run. */
export async function readTemplates(root: string): Promise<Answer> {
  const names = await fs.readdir(path.join(root, folder)).catch(() => []);
  const types: readonly string[] = itemTypes;
  const strange = names.filter((name) => /\.md$/i.test(name) && !/^readme\.md$/i.test(name) && !types.includes(name.slice(0, -3)));
  return {
    templates: await Promise.all(itemTypes.map((type) => readTemplate(root, type))),
    problems: strange
      .sort()
      .slice(0, mostProblems)
      .map((name) => ({ path: `${folder}/${name}`, line: 1, problem: `Its name is no type of work item (${itemTypes.join(', ')}).` })),
  };
}

/** The template of one type. One with problems is not used. */
export async function readTemplate(root: string, type: ItemType): Promise<Template> {
  const file = `${folder}/${type}.md`;
  const found = await readText(root, file);
  const builtIn = { type, notes: '', tags: [], checklist: [...builtInChecklists[type]] };
  switch (found.kind) {
    case 'absent':
      return { ...builtIn, problems: [] };
    case 'refused':
      return { ...builtIn, problems: [{ path: file, line: 1, problem: found.problem }] };
    case 'text': {
      const { problems: wrong, ...template } = parseTemplate(found.text);
      if (wrong.length === 0) return { type, path: file, ...template, problems: [] };
      const problems = wrong.slice(0, mostProblems).map((each): Problem => ({ path: file, ...each }));
      return { ...builtIn, problems };
    }
  }
}

/** What is wrong with a template, in a sentence each. */
export function warningsOf({ problems }: Template): string[] {
  return problems.map(({ path: file, line, problem }) => `${file}:${line}: ${problem} The built-in template was used.`);
}

type Found = { kind: 'absent' } | { kind: 'refused'; problem: string } | { kind: 'text'; text: string };

async function readText(root: string, file: string): Promise<Found> {
  try {
    const bytes = await readOwnFile(root, file, mostBytes);
    if (bytes === undefined) return { kind: 'absent' };
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    // What the decoder throws.
    if (error instanceof TypeError) return { kind: 'refused', problem: 'It is not UTF-8 text.' };
    return { kind: 'refused', problem: asFailure(error).message };
  }
}
