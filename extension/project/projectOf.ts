import path from 'node:path';
import { l10n, window, workspace } from 'vscode';
import { adopt, ensure, find, type Project } from '../../server/protocol/project.ts';
import type { Shell } from '../shell.ts';
import { withoutIcons } from '../ui/iconText.ts';

/** What a repository's state belongs to: a project, none (nothing may be written here), or the user wants to leave. */
export type ProjectChoice = { kind: 'project'; id: string } | { kind: 'none' } | { kind: 'cancelled' };

/**
 * The project of a repository, for an action that keeps state. A repository without an identity gets one; where it looks like a clone of a
 * known project, the user says whether it is the same. Without trust nothing is written into the repository.
 */
export async function projectOf(shell: Shell, repository: string): Promise<ProjectChoice> {
  const { project, candidates } = await shell.server.send(find, { repository });
  if (!workspace.isTrusted) return project === undefined ? { kind: 'none' } : { kind: 'project', id: project.id };
  const adopted = project === undefined && candidates.length > 0 ? await pickCandidate(candidates) : 'new';
  if (adopted === undefined) return { kind: 'cancelled' };
  const chosen =
    adopted === 'new'
      ? await shell.server.send(ensure, { repository })
      : await shell.server.send(adopt, { repository, project: adopted.id });
  return { kind: 'project', id: chosen.project.id };
}

async function pickCandidate(candidates: readonly Project[]): Promise<Project | 'new' | undefined> {
  const items = [
    ...candidates.map((project) => ({
      label: l10n.t('Same project as {0}', project.name),
      description: withoutIcons(project.places.map(folderOf).join(', ')),
      value: project as Project | 'new',
    })),
    { label: l10n.t('A project of its own'), value: 'new' as const },
  ];
  const placeHolder = l10n.t('This looks like another clone of a known project. What is it?');
  return (await window.showQuickPick(items, { placeHolder }))?.value;
}

/** A person knows the work tree, not the folder `.git` in it. */
function folderOf(commonDir: string): string {
  return path.basename(commonDir) === '.git' ? path.dirname(commonDir) : commonDir;
}
