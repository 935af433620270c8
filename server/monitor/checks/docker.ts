import type { Found, Look } from './look.ts';
import { oneLine } from './text.ts';

/** Health of the service as the deployer sees it. */
export function lookDocker({ host }: Look): Found {
  const health = host.deployed();
  if (health === undefined) return { ok: null, message: 'the service is not deployed', found: '' };
  const found = health.state;
  const why = health.message === undefined ? {} : { message: oneLine(health.message) };
  switch (health.state) {
    case 'healthy':
      return { ok: true, found, facts: {} };
    case 'down':
      return { ok: false, message: 'the service is down', ...why, found, facts: {} };
    case 'pending':
    case 'unknown':
    case 'unobserved':
    case 'paused':
    case 'maintenance':
      return { ok: null, found, ...why };
  }
}
