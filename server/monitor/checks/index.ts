import { type Assertion, parseAssertion } from '../../config/assertion.ts';
import { Redactor } from '../../environment/index.ts';
import type { Certificate, Check, MonitorSettings } from '../../protocol/monitorTypes.ts';
import { cancelled } from '../../rpc/failure.ts';
import type { CheckHost, CheckResult } from '../types.ts';
import { evaluate, type Judged, jsonPathProblem } from './assert.ts';
import { lookCommand } from './command.ts';
import { watchDisturbance } from './disturbance.ts';
import { lookDns } from './dns.ts';
import { lookDocker } from './docker.ts';
import { DeadlinePassed, needDescriptor, verdictOf } from './faults.ts';
import { lookHttp } from './http.ts';
import { type Found, Look } from './look.ts';
import { tenths } from './phases.ts';
import { lookPing } from './ping.ts';
import { lookSnmp } from './snmp.ts';
import { lookTcp } from './tcp.ts';
import { lookTls } from './tls.ts';

export { hostOf, isThisMachine, targetOf } from './target.ts';

/**
 * Looks once, within `settings.timeout`. Never rejects but with `cancelled`, when the signal of `host` has fired. Assertions and `inverted` are
 * applied. `ok: null` when nothing can be said: faults of our own (no descriptors, resolver, a blocked event loop, sleep), a missing secret, no
 * `ping`, an untrusted command, a service that is not deployed, an assertion on what is not read of a large answer; always for `push`, which
 * is not looked at.
 */
export async function runCheck(check: Check, settings: MonitorSettings, host: CheckHost): Promise<CheckResult> {
  if (host.signal.aborted) throw cancelled();
  const parsed = settings.assert.map((text) => parseAssertion(text));
  const assertions = parsed.flatMap((each) => ('assertion' in each ? [each.assertion] : []));
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DeadlinePassed()), settings.timeout);
  const stop = () => deadline.abort(cancelled());
  host.signal.addEventListener('abort', stop, { once: true });
  const look = new Look(settings, deadline.signal, host, new Set(assertions.map(({ subject }) => subject.kind)));
  const disturbance = watchDisturbance();
  const start = performance.now();
  try {
    const problem = parsed.flatMap((each, index) => ('problem' in each ? [`\`${settings.assert[index]}\`: ${each.problem}`] : []))[0];
    const seen = problem === undefined ? await seenBy(check, look) : { ok: null, message: problem, found: '' };
    const milliseconds = performance.now() - start;
    if (host.signal.aborted) throw cancelled();
    const judged = seen.facts === undefined ? [] : await judge(assertions, seen, look, milliseconds);
    return finished(seen, judged, look, { milliseconds, disturbed: disturbance.why() });
  } finally {
    clearTimeout(timer);
    host.signal.removeEventListener('abort', stop);
    disturbance.stop();
    // What has not been waited for (the losing side of a race) must not live on.
    deadline.abort(over);
  }
}

/** Made once: an error remembers where it was made, which costs as much as a look. */
const over = cancelled();

async function seenBy(check: Check, look: Look): Promise<Found> {
  const failed = (error: unknown) => ({ ...verdictOf(error, look.phases.current, look.settings.timeout), found: '' });
  try {
    needDescriptor();
    const seen = await lookAt(check, look).catch((error) => failed(look.signal.aborted ? look.signal.reason : error));
    if (seen.ok === false) needDescriptor();
    return seen;
  } catch (error) {
    return failed(error);
  }
}

async function lookAt(check: Check, look: Look): Promise<Found> {
  switch (check.kind) {
    case 'http':
      return lookHttp(check, look);
    case 'tcp':
      return lookTcp(check, look);
    case 'ping':
      return lookPing(check, look);
    case 'tls':
      return lookTls(check, look);
    case 'dns':
      return lookDns(check, look);
    case 'snmp':
      return lookSnmp(check, look);
    case 'docker':
      return lookDocker(look);
    case 'push':
      return { ok: null, found: 'waits to be called' };
    case 'command':
      return lookCommand(check, look);
  }
}

async function judge(assertions: readonly Assertion[], seen: Found, look: Look, milliseconds: number): Promise<Judged[]> {
  const certificateLeft = soonest(look)?.expires;
  return evaluate(assertions, {
    ...seen.facts,
    milliseconds,
    ...(certificateLeft === undefined ? {} : { certificateLeft: certificateLeft - Date.now() }),
  });
}

/** The certificate that ends first. */
function soonest(look: Look): Certificate | undefined {
  return look.certificates.toSorted((a, b) => a.expires - b.expires)[0];
}

function finished(
  seen: Found,
  judged: readonly Judged[],
  look: Look,
  { milliseconds, disturbed }: { milliseconds: number; disturbed: string | undefined },
): CheckResult {
  const redactor = look.secrets.length === 0 ? undefined : new Redactor(look.secrets);
  const plain = (text: string) => redactor?.redact(text) ?? text;
  const failed = judged.filter(({ ok, undecided }) => !ok && undecided === undefined);
  const undecided = seen.ok === true && failed.length === 0 ? judged.filter((each) => each.undecided) : [];
  const messages = [...(seen.message === undefined ? [] : [seen.message]), ...[...failed, ...undecided].map(({ message }) => message)];
  const ok = seen.ok === true && failed.length > 0 ? false : undecided.length > 0 ? null : seen.ok;
  const verdict = verdictWith(ok, messages, look.settings.inverted, disturbed);
  const answered = verdict.ok !== null && seen.facts !== undefined && disturbed === undefined;
  return {
    ok: verdict.ok,
    milliseconds: answered ? tenths(milliseconds) : null,
    message: verdict.message === null ? null : plain(verdict.message),
    found: plain(seen.found),
    phases: look.phases.list(),
    assertions: judged.map(({ expression, ok, actual }) => ({ expression, ok, actual: plain(actual) })),
    certificate: soonest(look) ?? null,
    reached: seen.facts !== undefined || seen.reached === true,
  };
}

function verdictWith(
  ok: boolean | null,
  messages: readonly string[],
  inverted: boolean,
  disturbed: string | undefined,
): { ok: boolean | null; message: string | null } {
  const [first = null, ...more] = messages;
  const message = first === null || more.length === 0 ? first : `${first} (and ${more.length} more)`;
  if (ok === null) return { ok, message };
  if (!ok && disturbed !== undefined) return { ok: null, message: `nothing can be said: ${disturbed}` };
  if (!inverted) return { ok, message };
  return ok ? { ok: false, message: 'it is well, and this monitor is inverted' } : { ok: true, message: null };
}

/**
 * All that is wrong with the assertions of a check, JSON paths included; `at` is the offset in the text. For what is typed by a person, before
 * it is kept.
 */
export async function assertionProblems(
  check: Check,
  expressions: readonly string[],
): Promise<{ expression: string; problem: string; at: number }[]> {
  const problems: { expression: string; problem: string; at: number }[] = [];
  for (const expression of expressions) {
    const parsed = parseAssertion(expression, check.kind);
    if ('problem' in parsed) problems.push({ expression, ...parsed });
    else if (parsed.assertion.subject.kind === 'json') {
      const { path } = parsed.assertion.subject;
      const problem = await jsonPathProblem(path);
      if (problem !== undefined) problems.push({ expression, problem: problem.message, at: expression.indexOf(path) + problem.at });
    }
  }
  return problems;
}
