import { follow, log, show } from '../protocol/deploy.ts';
import type { Deployment, Phase } from '../protocol/deployTypes.ts';
import type { PartialOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import type { CommandContext } from './command.ts';
import { durationText, phaseWord, probeText, shortCommit } from './deployText.ts';
import { oneLine, plain } from './text.ts';

/** A hub that ends (an upgrade, a crash) hands its deployments to the next one, which is asked again; so often without any news. */
const attempts = 8;

type News = PartialOf<typeof follow>;

interface Run {
  readonly repository: string;
  readonly run: string;
  readonly deployments: readonly Deployment[];
}

/**
 * Follows a run to its end: a line on standard error for each phase, the log too when it is wanted. Answers the deployments as they ended.
 * An interrupt ends the following, never the deployment.
 */
export async function followRun(context: CommandContext, started: Run): Promise<readonly Deployment[]> {
  const { send, output, signal } = context;
  const told = new Telling(context, started);
  const { repository, run } = started;
  try {
    for (let attempt = 0; ; attempt++) {
      const before = told.news;
      try {
        const { deployments } = await send(follow, { repository, run, log: context.options['log'] === true }, (news) => told.hear(news));
        return deployments;
      } catch (error) {
        const lost = error instanceof Failure && error.reason === 'io' && !signal.aborted;
        if (told.news > before) attempt = 0;
        if (!lost || attempt >= attempts) throw error;
      }
    }
  } catch (error) {
    output.clearProgress();
    const { deployments } = started;
    const [first] = deployments;
    if (signal.aborted && first !== undefined) {
      output.error(`The deployment goes on. \`hearth deploy status\` shows it; \`hearth deploy cancel ${first.environment}\` cancels it.`);
    }
    throw error;
  } finally {
    output.clearProgress();
  }
}

/** Prints what a run tells; what was told before the hub was lost is not told again. */
class Telling {
  readonly #context: CommandContext;
  readonly #services: number;
  readonly #phases = new Map<string, { phase: Phase; time: number }>();
  /** Deployment, phase and when it began. */
  readonly #told = new Set<string>();
  readonly #lines = new Map<string, number>();
  /** How much was heard. */
  news = 0;

  constructor(context: CommandContext, { deployments }: Run) {
    this.#context = context;
    this.#services = Math.max(0, ...deployments.map(({ service }) => service.length));
  }

  hear({ changes, lines }: News): void {
    for (const change of changes) this.#change(change);
    for (const line of lines) this.#line(line);
  }

  #change({ deployment, service, phase, time, progress }: News['changes'][number]): void {
    const { output } = this.#context;
    const before = this.#phases.get(deployment);
    const change = `${deployment} ${phase} ${time}`;
    if (!this.#told.has(change)) {
      this.#told.add(change);
      this.news++;
      this.#phases.set(deployment, { phase, time });
      const took =
        before === undefined ? '' : output.style('dim', `  (${phaseWord(before.phase)} ${durationText(Math.max(0, time - before.time))})`);
      output.error(`${service.padEnd(this.#services)}  ${phaseWord(phase)}${took}`);
    }
    if (progress !== null) output.progress(`${service}: ${oneLine(progress)}`);
  }

  #line({ deployment, service, n, text }: News['lines'][number]): void {
    if (n <= (this.#lines.get(deployment) ?? 0)) return;
    this.news++;
    this.#lines.set(deployment, n);
    const { output } = this.#context;
    output.error(`${output.style('dim', `${service.padEnd(this.#services)} │`)} ${plain(text).replaceAll('\n', ' ')}`);
  }
}

/** How a run ended: a line each on standard output; on standard error the last probes and log lines of what failed, and what went wrong in what is live. */
export async function printEnd(context: CommandContext, { repository, run }: Run, ended: readonly Deployment[]): Promise<number> {
  const { output, json } = context;
  if (json) await output.json({ run, deployments: ended });
  const width = Math.max(0, ...ended.map(({ service }) => service.length));
  for (const each of ended) {
    const live = each.state === 'live';
    if (!live) await explain(context, repository, each);
    else if (each.reason !== null) {
      output.error(`${output.style('yellow', '!')} ${each.service}: ${oneLine(each.reason)}`);
      if (each.hint !== null) output.error(`${each.service}: ${oneLine(each.hint)}`);
    }
    if (json) continue;
    const spent =
      each.started === null || each.liveSince === null ? '' : output.style('dim', `  in ${durationText(each.liveSince - each.created)}`);
    const state = output.style(live ? 'green' : 'red', live ? 'live' : each.state);
    const why = each.reason === null ? '' : `  ${oneLine(each.reason)}`;
    await output.line(`${each.service.padEnd(width)}  ${state}  ${output.style('yellow', shortCommit(each.commit))}${live ? spent : why}`);
  }
  return ended.length > 0 && ended.every(({ state }) => state === 'live') ? 0 : 1;
}

async function explain({ send, output }: CommandContext, repository: string, { id, service, state, hint }: Deployment): Promise<void> {
  if (state === 'failed' || state === 'rolled-back') {
    const { deployment } = await send(show, { repository, id });
    for (const probe of deployment.probes.slice(-3)) output.error(`${service}: ${probeText(probe, output)}`);
    const { migration, smoke = [] } = deployment;
    if (migration !== undefined) output.error(`${service}: migration ${migration.state}: ${oneLine(migration.message)}`);
    for (const { name, ok, message } of smoke)
      output.error(`${service}: ${output.style(ok ? 'green' : 'red', ok ? '✓' : '✗')} ${oneLine(name)}: ${oneLine(message)}`);
    const { lines = [] } = await send(log, { repository, id, tail: 500 });
    const built = deployment.phaseTimes.some(({ phase }) => phase === 'deploying');
    const telling = built ? lines.filter(({ stream }) => stream !== 'build') : lines;
    for (const line of telling.slice(-20)) output.error(`${output.style('dim', `${service} │`)} ${oneLine(line.text)}`);
  }
  if (hint !== null) output.error(`${service}: ${oneLine(hint)}`);
}
