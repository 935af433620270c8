import type { Routing, Service } from '../config/hearthTypes.ts';

/**
 * How a new version takes the place of the old one.
 * `beside`: both run for a moment, the route is switched. `trial`: the port of the machine can be had by one only, so a copy without it is tried
 * first. `stop-first`: both would write the same volume, so the old one is stopped before the new one starts.
 */
export type Strategy = 'beside' | 'trial' | 'stop-first';

export function strategyOf(service: Service, routing: Routing): Strategy {
  const routed = isRouted(service, routing);
  // Who answers requests through a router shares its volume (uploads); who does not keeps data in it (a database).
  if (!routed && service.volumes.some(({ readOnly }) => !readOnly)) return 'stop-first';
  return service.publish === undefined ? 'beside' : 'trial';
}

export function isRouted(service: Service, routing: Routing): boolean {
  return routing.kind !== 'none' && service.route !== undefined;
}

/** Where people reach it; null when nothing says so. */
export function addressOf(service: Service, routing: Routing, engine: string): string | null {
  if (isRouted(service, routing) && service.route !== undefined) {
    const { host, path } = service.route;
    const entry = routing.kind === 'none' ? undefined : routing.entry;
    const plain = entry?.startsWith('http://') === true;
    const port = plain ? new URL(entry).port : '';
    return `${plain ? 'http' : 'https'}://${host}${port === '' ? '' : `:${port}`}${path}`;
  }
  if (service.publish === undefined) return null;
  const { address, port } = service.publish;
  const everywhere = address === '0.0.0.0' || address === '::' || address === '';
  const host = everywhere ? hostOf(engine) : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

function hostOf(engine: string): string {
  if (!/^(ssh|tcp):/.test(engine)) return 'localhost';
  return new URL(engine.replace(/^\w+:/, 'http:')).hostname.replace(/^\[|\]$/g, '');
}
