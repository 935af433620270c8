// Looks as the hub takes them.

import { watchDisturbance } from '../../server/monitor/checks/disturbance.ts';
import { runCheck } from '../../server/monitor/checks/index.ts';
import type { CheckHost, CheckResult } from '../../server/monitor/types.ts';
import { check as checkSchema, monitorSettings } from '../../server/protocol/monitorTypes.ts';

interface Around extends Partial<Omit<CheckHost, 'secret'>> {
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * As `lookAt`, until a look comes during which this process was not disturbed: such a one says nothing of the other side, and on a loaded
 * machine the tests stand still now and then.
 */
export async function calmLook(...asked: Parameters<typeof lookAt>): Promise<CheckResult> {
  for (;;) {
    const disturbance = watchDisturbance();
    try {
      const seen = await lookAt(...asked);
      if (disturbance.why() === undefined) return seen;
    } finally {
      disturbance.stop();
    }
  }
}

/** One look at what `check` says, as `hearth.yaml` would have it once it is read. */
export function lookAt(check: Record<string, unknown>, settings: Record<string, unknown> = {}, around: Around = {}): Promise<CheckResult> {
  const { secrets = {}, ...host } = around;
  return runCheck(checkSchema.parse(check), monitorSettings.parse(settings), {
    signal: new AbortController().signal,
    deployed: () => undefined,
    folder: undefined,
    trusted: false,
    ...host,
    secret: (name) => secrets[name],
  });
}
