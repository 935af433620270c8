import type { Check } from '../../protocol/monitorTypes.ts';
import { connectTo } from './connect.ts';
import type { Found, Look } from './look.ts';

/** Whether somebody accepts connections. */
export async function lookTcp(check: Extract<Check, { kind: 'tcp' }>, look: Look): Promise<Found> {
  const socket = await connectTo(check.host, check.port, check.family, look);
  const found = `connected to ${socket.remoteAddress ?? check.host}`;
  socket.destroy();
  return { ok: true, found, facts: {} };
}
