import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EventEmitter, l10n, type WebviewPanel, workspace } from 'vscode';
import { cancel, changed, list, log, planDeploy, run, show } from '../../server/protocol/deploy.ts';
import type { DeploymentContract, Loaded, Opening, PanelTarget, Plan, WantedPlan } from '../../webviews/deployment/messages.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { RequestFailure } from '../ui/failure.ts';
import { type PanelHandlers, PanelHost } from '../ui/panelHost.ts';
import { runOutside } from './deploymentPanelRun.ts';

/** Changes of deployments come in bursts. */
const quiet = 200;

/** One deployment panel: what its page asks is answered here. The hub deploys; a panel that is closed interrupts nothing. */
export class DeploymentPanel extends Registered {
  readonly panel: WebviewPanel;
  readonly #shell: Shell;
  readonly #host: PanelHost<DeploymentContract>;
  readonly #closed = this.register(new EventEmitter<void>());
  readonly #started = this.register(new EventEmitter<{ repository: string; run: string }>());
  readonly onDidClose = this.#closed.event;
  readonly onDidStart = this.#started.event;
  #target: PanelTarget;
  #loaded: Loaded | undefined;
  #asked: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(shell: Shell, panel: WebviewPanel, target: PanelTarget) {
    super();
    this.#shell = shell;
    this.#target = target;
    this.panel = panel;
    panel.title = titleOf(target, undefined);
    this.#host = this.register(
      new PanelHost<DeploymentContract>({
        panel,
        extensionUri: shell.context.extensionUri,
        bundle: 'deployment',
        title: 'Hearth: deployment',
        handlers: this.#handlers(),
        changes: ['start', 'cancel'],
        log: shell.log,
        onReady: () => this.#tellOpened(),
      }),
    );
    this.register(shell.server.on(changed, () => 'plan' in this.#target || this.#changed()));
    this.register(
      shell.repositories.onDidMove(({ repository }) => {
        // Another commit by now: the plan is of the old one.
        if (repository === target.repository && 'plan' in this.#target) this.#changed();
      }),
    );
    this.register(
      shell.server.onDidStart(() => {
        this.#host.abandon('disconnected', l10n.t('The Hearth server was restarted.'));
        this.#host.tell('restarted', null);
      }),
    );
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#tellOpened()));
    // A hidden page is unloaded: a log is followed for nobody. It asks anew when it is shown.
    this.register(panel.onDidChangeViewState(() => panel.visible || this.#host.abandon('cancelled', l10n.t('Cancelled.'))));
    this.register(panel.onDidDispose(() => this.dispose()));
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** Whether it is about the same run, or about a plan for the same environment. */
  shows(target: PanelTarget): boolean {
    const own = this.#target;
    if (own.repository !== target.repository) return false;
    if ('plan' in target) return 'plan' in own && own.plan.environment === target.plan.environment;
    if ('run' in target) return ('run' in own && own.run === target.run) || this.#loaded?.run === target.run;
    return (
      ('deployment' in own && own.deployment === target.deployment) ||
      this.#loaded?.deployments.some(({ id }) => id === target.deployment) === true
    );
  }

  /** Brings it to the front, with the service or the plan that is wanted now. */
  reveal(target: PanelTarget): void {
    this.panel.reveal();
    this.#target = target;
    this.#asked = randomUUID();
    this.#tellOpened();
  }

  override dispose(): void {
    if (this.disposed) return;
    this.#closed.fire();
    super.dispose();
  }

  #tellOpened(): void {
    this.#host.tell('opened', this.#opening());
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#host.tell('changed', null);
    }, quiet);
  }

  #opening(): Opening {
    return { target: this.#target, name: path.basename(this.#target.repository), trusted: workspace.isTrusted, asked: this.#asked };
  }

  #handlers(): PanelHandlers<DeploymentContract> {
    const { server } = this.#shell;
    const { repository } = this.#target;
    return {
      plan: async (wanted, { token }) => (await server.send(planDeploy, { repository, ...asInput(wanted) }, { token })).plan,
      start: async ({ plan, ...wanted }) => this.#start(wanted, plan),
      load: async (_params, { token }) => {
        const chosen = 'deployment' in this.#target ? this.#target.deployment : undefined;
        const of =
          'run' in this.#target ? this.#target.run : (await server.send(show, { repository, id: chosen ?? '' }, { token })).deployment.run;
        const { deployments } = await server.send(list, { repository, run: of, limit: 1000 }, { token });
        if (deployments.length === 0) {
          throw new RequestFailure('not-found', l10n.t('There is no such deployment any more.'));
        }
        const inOrder = deployments.sort((a, b) => (a.id < b.id ? -1 : 1));
        this.#loaded = { run: of, deployments: inOrder, ...(chosen === undefined ? {} : { chosen }) };
        this.panel.title = titleOf(this.#target, this.#loaded);
        return this.#loaded;
      },
      show: async ({ id }, { token }) => (await server.send(show, { repository, id }, { token })).deployment,
      follow: async ({ ask, id, tail }, { token }) => {
        const { ended, kept } = await server.send(
          log,
          { repository, id, tail, follow: true },
          { token, onPartial: ({ lines }) => this.#host.tell('lines', { ask, lines }) },
        );
        return { ended, kept };
      },
      cancel: async ({ ids }) => (await server.send(cancel, { repository, ids: [...ids] })).deployments,
      // Answered at once: its questions may stay open while the page is hidden and unloaded.
      run: (what) => {
        if (what.what === 'close') this.panel.dispose();
        else void runOutside(this.#shell, repository, what);
        return null;
      },
    };
  }

  async #start(wanted: WantedPlan, plan: Plan): Promise<{ run: string } | null> {
    const asked = plan.confirmations.length > 0;
    if (asked && !(await this.#confirmed(plan))) return null;
    const { repository } = this.#target;
    const params = { repository, ...asInput(wanted), commit: plan.commit };
    const started = await this.#shell.server.send(run, asked ? { ...params, confirmed: true } : params);
    this.#target = { repository, run: started.run };
    this.#loaded = undefined;
    this.#started.fire({ repository, run: started.run });
    this.#tellOpened();
    return { run: started.run };
  }

  #confirmed({ confirmations, environment, commit }: Plan): Promise<boolean> {
    const said = confirmations.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
    return this.#shell.confirm.wanted({
      message: l10n.t('Deploy {0} to {1} all the same?', shortId(commit), environment),
      detail: oneLine(said.join(' ')),
      action: l10n.t('Deploy'),
    });
  }
}

/** The contract takes arrays that may be written. */
function asInput({ environment, services, rev }: WantedPlan): { environment: string; rev: string; services?: string[] } {
  return { environment, rev, ...(services === undefined ? {} : { services: [...services] }) };
}

function titleOf(target: PanelTarget, loaded: Loaded | undefined): string {
  if ('plan' in target) return l10n.t('Deploy to {0}', target.plan.environment);
  const [first] = loaded?.deployments ?? [];
  return first === undefined ? l10n.t('Deployment') : `${first.environment} · ${shortId(first.commit)}`;
}
