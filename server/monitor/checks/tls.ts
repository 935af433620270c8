import type { Check } from '../../protocol/monitorTypes.ts';
import { distrust } from './certificate.ts';
import { connectTo } from './connect.ts';
import type { Found, Look } from './look.ts';
import { secure } from './secure.ts';

/** Whether the certificate is trusted, and how long it and its chain are good. */
export async function lookTls(check: Extract<Check, { kind: 'tls' }>, look: Look): Promise<Found> {
  const connection = await connectTo(check.host, check.port, check.family, look);
  try {
    const { socket, certificate } = await secure(connection, check.serverName ?? check.host, [], look);
    const { days, subject } = certificate;
    const left = days < 0 ? `ended ${-days} ${-days === 1 ? 'day' : 'days'} ago` : `good for ${days} ${days === 1 ? 'day' : 'days'}`;
    const found = `${subject} · ${left} · ${socket.getProtocol() ?? 'TLS'}`;
    socket.destroy();
    return { ok: certificate.trusted, found, facts: {}, ...(certificate.trusted ? {} : { message: distrust(certificate) }) };
  } finally {
    connection.destroy();
  }
}
