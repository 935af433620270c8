// The peer of the rpc bench: vscode-jsonrpc over stdio and nothing else.
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';

const connection = createMessageConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
connection.onRequest('echo', (params) => ({ text: params.text }));
connection.onClose(() => process.exit(0));
connection.listen();
