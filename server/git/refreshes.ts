import { moved } from '../protocol/git.ts';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import type { Services } from '../services.ts';
import { readHead } from './discover.ts';
import type { Moved } from './watcher.ts';

/**
 * What follows when a repository moves: what was read from it is dropped, and the client is told, with where HEAD is now. Domains that
 * keep more listen to `services.watchers` themselves.
 */
export function refreshOnMove({ watchers, repositories, notify, log }: Services): void {
  const heads = new Map<string, string>();
  const turns = new Map<string, Promise<void>>();
  repositories.onDidOpen((facts) => watchers.watch(facts));
  watchers.onDidMove((facts, what) => {
    // The configuration decides what the untrusted recipe must blank, and the format of everything else.
    if (what.has('config') || what.has('gone')) repositories.forget(facts.root);
    // One after the other: where HEAD was must not be told after where it is.
    const turn = (turns.get(facts.root) ?? Promise.resolve())
      .then(() => tell(facts, what))
      .catch((error) => log('warn', 'a move could not be told', { root: facts.root, error: String(error) }))
      .finally(() => {
        if (turns.get(facts.root) === turn) turns.delete(facts.root);
      });
    turns.set(facts.root, turn);
  });

  async function tell(facts: RepositoryFacts, what: ReadonlySet<Moved>): Promise<void> {
    const all = new Set(what);
    if (what.has('gone')) heads.delete(facts.root);
    if (!what.has('head') && !what.has('refs')) {
      notify(moved, { repository: facts.root, what: [...all] });
      return;
    }
    const head = await readHead(facts);
    repositories.moveHead(facts.root, head);
    const known = heads.get(facts.root) ?? headText(facts.head);
    heads.set(facts.root, headText(head));
    // A commit moves the branch and leaves the file HEAD alone; to a reader HEAD has moved.
    if (headText(head) !== known) all.add('head');
    notify(moved, { repository: facts.root, what: [...all], head });
  }
}

function headText(head: RepositoryFacts['head']): string {
  return `${head.state} ${head.branch ?? ''} ${head.commit ?? ''}`;
}
