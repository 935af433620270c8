import type { Feature, Shell } from '../shell.ts';
import { blameFeatures } from './blame.ts';
import { branchActions } from './branchActions.ts';
import { CommitPanels } from './commitPanels.ts';
import { DiffPanels } from './diffPanels.ts';
import { HistoryView } from './historyView.ts';
import { hooksFeature } from './hooks.ts';
import { InlineDiff } from './inlineDiff.ts';
import { RepositoryView } from './repositoryView.ts';
import { restoreFeature } from './restore.ts';
import { RevisionFeature } from './revisionFeature.ts';
import { revisionSteps } from './revisionSteps.ts';
import { undoFeature } from './undo.ts';

/** The git domain's parts of the shell, in the order they are made. */
export function gitFeatures(shell: Shell): Feature[] {
  return [
    ...blameFeatures(shell),
    new RepositoryView(shell),
    new HistoryView(shell),
    new InlineDiff(shell),
    new RevisionFeature(shell),
    revisionSteps(shell),
    restoreFeature(shell),
    new DiffPanels(shell),
    new CommitPanels(shell),
    hooksFeature(shell),
    undoFeature(shell),
    branchActions(shell),
  ];
}
