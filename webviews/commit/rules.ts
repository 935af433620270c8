import type { SecretFinding } from '../../server/protocol/workFlow.ts';
import type { Draft, NewEntry, Plan } from './messages.ts';

/** What a message and an entry should be, and what stands between a person and the commit. Hints, never enforced, for the message. */

export const subjectLimits = { good: 50, most: 72 } as const;

export interface SubjectHint {
  readonly length: number;
  readonly level: 'empty' | 'good' | 'long' | 'too-long';
  /** Absent when there is nothing to say. */
  readonly text?: string;
}

export function subjectHint(message: string): SubjectHint {
  const [subject = '', second = ''] = message.split('\n');
  const { length } = [...subject.trimEnd()];
  if (message.trim() === '') return { length: 0, level: 'empty' };
  if (subject.trim() === '') return { length, level: 'long', text: 'The first line is the subject: it is empty.' };
  if (length > subjectLimits.most)
    return { length, level: 'too-long', text: `Many tools cut a subject after ${subjectLimits.most} characters.` };
  if (second.trim() !== '') return { length, level: 'long', text: 'An empty line parts the subject from the rest.' };
  if (length > subjectLimits.good) return { length, level: 'long', text: `Short subjects (${subjectLimits.good} characters) read best.` };
  return { length, level: 'good' };
}

export const emptyDraft: Draft = {
  message: '',
  amend: false,
  entry: { kind: 'entry', category: 'Changed', text: '', reason: '' },
  allow: [],
};

/** What is left to write after `sent` was committed: nothing, but for what was changed since. */
export function draftAfter(sent: Draft, now: Draft): Draft {
  return {
    message: now.message === sent.message ? emptyDraft.message : now.message,
    amend: now.amend === sent.amend ? emptyDraft.amend : now.amend,
    entry: same(now.entry, sent.entry) ? emptyDraft.entry : now.entry,
    allow: same(now.allow, sent.allow) ? emptyDraft.allow : now.allow,
  };
}

/** By value: one of them may have been to the shell and back. */
function same(a: Draft['entry'] | Draft['allow'], b: typeof a): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The entry that goes with the commit; undefined while the form is empty. */
export function newEntryOf({ entry }: Draft): NewEntry | undefined {
  const text = (entry.kind === 'entry' ? entry.text : entry.reason).trim();
  if (text === '') return undefined;
  return entry.kind === 'entry' ? { kind: 'entry', category: entry.category, text } : { kind: 'none', reason: text };
}

/** Findings nobody has allowed yet. */
export function openFindings(plan: Plan | undefined, draft: Draft): SecretFinding[] {
  return (plan?.findings ?? []).filter(({ fingerprint }) => !draft.allow.includes(fingerprint));
}

/** Where a person goes to remove what stands in the way. */
export type Spot = 'trust' | 'conflicts' | 'identity' | 'staged' | 'message' | 'entry' | 'secrets';

export interface Blocker {
  readonly spot: Spot;
  readonly text: string;
}

interface Known {
  readonly trusted: boolean;
  /** Undefined before they are listed. */
  readonly staged: number | undefined;
  readonly conflicts: number;
  readonly plan: Plan | undefined;
  readonly draft: Draft;
}

/** What stands in the way of a commit, the first to do first. What is not known yet is no obstacle: the server checks all of it again. */
export function blockersOf({ trusted, staged, conflicts, plan, draft }: Known): Blocker[] {
  const found: Blocker[] = [];
  if (!trusted) found.push({ spot: 'trust', text: 'Restricted Mode: the folder has to be trusted before anything is committed.' });
  const unmerged = Math.max(conflicts, plan?.unmerged ?? 0);
  if (unmerged > 0) {
    const files = unmerged === 1 ? '1 file is' : `${unmerged.toLocaleString('en')} files are`;
    found.push({ spot: 'conflicts', text: `${files} in conflict: resolve and stage first.` });
  }
  if (plan !== undefined && plan.identity === undefined)
    found.push({ spot: 'identity', text: 'Git does not know who you are: set user.name and user.email.' });
  // A merge may change nothing and is a commit all the same.
  if (staged === 0 && !draft.amend && plan?.operation !== 'merge') found.push({ spot: 'staged', text: 'Nothing is staged.' });
  if (draft.message.trim() === '') found.push({ spot: 'message', text: 'The message is empty.' });
  const state = plan?.entry.state;
  if ((state === 'missing' || state === 'broken') && newEntryOf(draft) === undefined) {
    const unstaged = plan?.entry.problems[0];
    const missing =
      unstaged === undefined
        ? 'The change entry is missing: write it, or say why none is needed.'
        : `The change entry is not in the commit: ${unstaged}`;
    found.push({
      spot: 'entry',
      text: state === 'missing' ? missing : 'The change entry cannot be read: mend the file, or write it anew.',
    });
  }
  const secrets = openFindings(plan, draft).length;
  if (secrets > 0) {
    const what = secrets === 1 ? 'One line looks' : `${secrets.toLocaleString('en')} places look`;
    found.push({ spot: 'secrets', text: `${what} like a secret: take it out, or allow it.` });
  }
  return found;
}
