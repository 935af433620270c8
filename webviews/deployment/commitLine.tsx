import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { DeploymentModel } from './model.ts';
import { shortId } from './words.ts';

/** The commit that is deployed; its changes open in the diff panel. */
export function CommitLine({ model, commit, subject }: { model: DeploymentModel; commit: string; subject: string }): JSX.Element {
  return (
    <p class="commit-line">
      <Icon name="git-commit" />
      <button
        type="button"
        class="link"
        aria-label={`Show the changes of ${shortId(commit)}`}
        onClick={() => model.run({ what: 'showCommit', commit })}
      >
        {shortId(commit)}
      </button>
      <bdi class="subject">{visibleName(subject)}</bdi>
    </p>
  );
}
