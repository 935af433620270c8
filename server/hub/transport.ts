import type { Socket } from 'node:net';
import { createMessageConnection, type MessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-languageserver/node';

/** JSON-RPC over a socket, the same on both of its sides. */
export function connectionOver(socket: Socket): MessageConnection {
  const reader = new SocketMessageReader(socket);
  // Its timer for a message that came in part runs on after the socket has closed, and keeps a finished command line alive for ever.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new SocketMessageWriter(socket));
}
