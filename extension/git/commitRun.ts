import { CancellationTokenSource, type Disposable } from 'vscode';
import { commit } from '../../server/protocol/workFlow.ts';
import { type CommitState, type Draft, draftAfter, type Ended, type NewEntry } from '../../webviews/commit/messages.ts';
import type { Shell } from '../shell.ts';
import { asPanelFailure } from '../ui/panelHost.ts';
import type { CommitDrafts } from './commitDrafts.ts';

/** The commit of a panel, one at a time. It is the panel's, not its page's: hooks take minutes, and a page that is hidden is unloaded. */
export class CommitRun implements Disposable {
  readonly #shell: Shell;
  readonly #repository: string;
  readonly #drafts: CommitDrafts;
  readonly #tell: (ended: Ended) => void;
  #running: CancellationTokenSource | undefined;
  #unheard: Ended | undefined;

  constructor(shell: Shell, repository: string, drafts: CommitDrafts, tell: (ended: Ended) => void) {
    this.#shell = shell;
    this.#repository = repository;
    this.#drafts = drafts;
    this.#tell = tell;
  }

  get state(): CommitState {
    return this.#running === undefined ? (this.#unheard ?? { kind: 'none' }) : { kind: 'committing' };
  }

  /** Does nothing while one is on its way. */
  begin(draft: Draft, entry: NewEntry | undefined): void {
    if (this.#running === undefined) void this.#run(draft, entry);
  }

  cancel(): void {
    this.#running?.cancel();
  }

  heard(): void {
    this.#unheard = undefined;
  }

  /** The server was started anew: what was asked of the one before may never be answered. */
  abandon(message: string): void {
    const running = this.#running;
    running?.cancel();
    if (running !== undefined) this.#end(running, { kind: 'failed', failure: { reason: 'disconnected', message } });
  }

  dispose(): void {
    this.cancel();
  }

  async #run(sent: Draft, entry: NewEntry | undefined): Promise<void> {
    const running = new CancellationTokenSource();
    this.#running = running;
    const { message, amend, allow } = sent;
    const params = { repository: this.#repository, message, amend, allow: [...allow], ...(entry === undefined ? {} : { entry }) };
    try {
      const committed = await this.#shell.server.send(commit, params, { token: running.token });
      this.#end(running, { kind: 'committed', sent, committed });
    } catch (error) {
      this.#end(running, { kind: 'failed', failure: asPanelFailure(error) });
    }
  }

  #end(running: CancellationTokenSource, ended: Ended): void {
    if (this.#running !== running) return;
    running.dispose();
    this.#running = undefined;
    this.#unheard = ended;
    if (ended.kind === 'committed') {
      // The page does the same to what it shows; but there may be no page now.
      const draft = this.#drafts.get(this.#repository);
      if (draft !== undefined) this.#drafts.set(this.#repository, draftAfter(ended.sent, draft));
    }
    this.#tell(ended);
  }
}
