/** Text that was typed and is not saved yet, and what it started from. `theirs`: what somebody else has saved meanwhile. */
export interface Draft {
  readonly base: string;
  readonly text: string;
  readonly theirs?: string;
}

/** What is left of a draft when the stored text is another one now. Undefined: nothing that the store does not have. */
export function rebase(draft: Draft, stored: string): Draft | undefined {
  if (draft.text === stored) return undefined;
  // In a conflict it is an answer to the other text, and may be on its way to a third one.
  if (draft.text === draft.base && draft.theirs === undefined) return undefined;
  if (draft.base === stored) return { base: draft.base, text: draft.text };
  return { ...draft, theirs: stored };
}

/** The draft after somebody typed. Undefined: it says again what is stored. */
export function typed(draft: Draft | undefined, stored: string, text: string): Draft | undefined {
  if (draft?.theirs !== undefined) return { ...draft, text };
  const base = draft?.base ?? stored;
  return text === base ? undefined : { base, text };
}

/** The draft after `sent` was saved: what was typed since then stays. */
export function saved(draft: Draft | undefined, sent: string): Draft | undefined {
  return draft === undefined || draft.text === sent ? undefined : { base: sent, text: draft.text };
}

/** What the user decided about two texts: the draft to be saved next, or none when the other one stays. */
export function resolved(draft: Draft, keep: 'mine' | 'theirs'): Draft | undefined {
  return keep === 'theirs' || draft.theirs === undefined ? undefined : { base: draft.theirs, text: draft.text };
}
