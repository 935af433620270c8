import { isIP, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Certificate } from '../../protocol/monitorTypes.ts';
import { certificateOf } from './certificate.ts';
import type { Look } from './look.ts';
import { bareHost } from './target.ts';

export interface SecureSocket {
  readonly socket: tls.TLSSocket;
  readonly certificate: Certificate;
}

/**
 * TLS over a connection, whoever answers: whether to trust it is in the certificate, which is also added to those of the look. Nothing may be
 * sent before that was looked at. Sessions are never resumed, else there would be no certificate.
 */
export function secure(socket: Socket, name: string, protocols: readonly string[], look: Look): Promise<SecureSocket> {
  look.phases.begin('tls');
  const serverName = bareHost(name);
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      host: serverName,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
      rejectUnauthorized: false,
      secureContext: trusted(),
    });
    const stop = () => {
      secured.destroy();
      socket.destroy();
      reject(look.signal.reason);
    };
    look.signal.addEventListener('abort', stop, { once: true });
    secured.on('error', (error) => {
      look.signal.removeEventListener('abort', stop);
      reject(error);
    });
    secured.once('secureConnect', () => {
      look.signal.removeEventListener('abort', stop);
      try {
        const certificate = certificateOf(secured, Date.now());
        look.certificates.push(certificate);
        resolve({ socket: secured, certificate });
      } catch (error) {
        reject(error);
      }
    });
    if (look.signal.aborted) stop();
  });
}

let context: tls.SecureContext | undefined;

/** Authorities of Node and, where it can tell (Node 22.15 and later), of this machine. Made once: reading them takes a while. */
function trusted(): tls.SecureContext {
  context ??= tls.createSecureContext(
    'getCACertificates' in tls ? { ca: [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])] } : {},
  );
  return context;
}
