import { type CancellationToken, CancellationTokenSource, LanguageModelChatMessage, LanguageModelError, l10n, lm } from 'vscode';
import { scanStaged } from '../../server/protocol/environment.ts';
import { diffExport } from '../../server/protocol/git.ts';
import type { Suggestion } from '../../webviews/commit/messages.ts';
import type { Shell } from '../shell.ts';
import { stagedSides } from './commitSides.ts';
import { messageIn, mostPatch, promptFor } from './commitSuggestText.ts';

interface Wanted {
  /** What the rules made of the changes: taken where no model answers. */
  readonly fallback: string;
  /** Fingerprints of findings that the user says are no secrets. */
  readonly allow: readonly string[];
  readonly item?: string | undefined;
}

/** A commit message for what is staged, by VS Code's language model where the user has one. Called only after the user pressed *Suggest*. */
export async function suggestMessage(shell: Shell, repository: string, wanted: Wanted, token: CancellationToken): Promise<Suggestion> {
  const rules = (note?: string): Suggestion => ({ text: wanted.fallback, ...(note === undefined ? {} : { note }) });
  const [model] = await lm.selectChatModels();
  if (model === undefined) return rules();
  // Scanned now: what the panel knows may be older than the index.
  const { findings } = await shell.server.send(scanStaged, { repository }, { token });
  if (findings.some(({ fingerprint }) => !wanted.allow.includes(fingerprint)))
    return rules(l10n.t('The language model was not asked: the staged changes look like they hold a secret.'));
  try {
    const { patch, cut } = await stagedPatch(shell, repository, token);
    if (patch === '') return rules();
    const messages = [LanguageModelChatMessage.User(promptFor({ patch, cut, item: wanted.item }))];
    const justification = l10n.t('To suggest a commit message, the staged changes are sent to the language model.');
    const response = await model.sendRequest(messages, { justification }, token);
    let answer = '';
    for await (const piece of response.text) answer += piece;
    const text = messageIn(answer);
    return text === '' ? rules() : { text, by: model.name };
  } catch (error) {
    if (!(error instanceof LanguageModelError)) throw error;
    shell.log.warn(`The language model did not answer: ${error.code} ${error.message}`);
    return rules(l10n.t('The language model did not answer.'));
  }
}

/** What is staged, as far as it is sent. Git is ended as soon as that is enough. */
async function stagedPatch(shell: Shell, repository: string, token: CancellationToken): Promise<{ patch: string; cut: boolean }> {
  const { from, to } = await stagedSides(shell, repository);
  const enough = new CancellationTokenSource();
  const cancelled = token.onCancellationRequested(() => enough.cancel());
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    await shell.server.send(
      diffExport,
      { repository, from, to, format: 'patch', binary: false },
      {
        token: enough.token,
        onPartial: ({ chunks: more }) => {
          for (const chunk of more) {
            const piece = Buffer.from(chunk, 'base64');
            chunks.push(piece);
            bytes += piece.length;
          }
          if (bytes > mostPatch) enough.cancel();
        },
      },
    );
  } catch (error) {
    if (bytes <= mostPatch || token.isCancellationRequested) throw error;
  } finally {
    cancelled.dispose();
    enough.dispose();
  }
  return { patch: Buffer.concat(chunks).subarray(0, mostPatch).toString('utf8'), cut: bytes > mostPatch };
}
