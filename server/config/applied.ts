import type { Reader, Transaction } from '../store/types.ts';

/** What `config/apply` made long-lived. */
export interface AppliedConfig {
  readonly commit: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly actor: string;
}

/** The applied configuration of a project (its UUID); undefined when nothing was applied yet. */
export function appliedConfig(reader: Reader, project: string): AppliedConfig | undefined {
  return reader.get<{ commit: string; text: string; time: number; actor: string }>(
    'select commit_id as "commit", text, time, actor from applied_configs where project = ?',
    [project],
  );
}

export function writeApplied(transaction: Transaction, project: string, { commit, text, actor }: Omit<AppliedConfig, 'time'>): void {
  transaction.run(
    `insert into applied_configs (project, commit_id, text, time, actor) values (?1, ?2, ?3, ?4, ?5)
     on conflict (project) do update set commit_id = excluded.commit_id, text = excluded.text, time = excluded.time, actor = excluded.actor`,
    [project, commit, text, transaction.now, actor],
  );
}
