import { l10n, window } from 'vscode';
import { create, type Item, itemTypes } from '../../server/protocol/work.ts';
import { pickRepository } from '../git/compare.ts';
import { projectOf } from '../project/projectOf.ts';
import type { Shell } from '../shell.ts';
import { withoutLinks } from '../ui/iconText.ts';
import { pickType, titleProblem } from './editItem.ts';
import { needTrust } from './pickItem.ts';

/** New Work Item: its title, its type. Undefined when the user turns away. */
export async function newWork(shell: Shell, given: unknown): Promise<{ repository: string; item: Item } | undefined> {
  needTrust();
  const answers = (typeof given === 'object' && given !== null ? given : {}) as { title?: unknown; type?: unknown };
  const repository = await pickRepository(shell, given);
  if (repository === undefined) return undefined;
  const title = typeof answers.title === 'string' ? answers.title : await askTitle();
  if (title === undefined) return undefined;
  const type = itemTypes.find((each) => each === answers.type) ?? (await pickType());
  if (type === undefined) return undefined;
  // A clone of a known project is asked about once, before anything is kept for it.
  if ((await projectOf(shell, repository)).kind === 'cancelled') return undefined;
  const { item, warnings } = await shell.server.send(create, { repository, title: title.trim(), type });
  for (const warning of warnings) shell.log.warn(warning);
  const [warning] = warnings;
  if (warning !== undefined) void window.showWarningMessage(withoutLinks(warning));
  return { repository, item };
}

function askTitle(): Thenable<string | undefined> {
  return window.showInputBox({
    title: l10n.t('New Work Item'),
    prompt: l10n.t('What shall change?'),
    placeHolder: l10n.t('Faster login'),
    validateInput: titleProblem,
  });
}
