// An image registry (the parts of the v2 API that Docker pushes and pulls with) on the loopback, which engines reach without TLS.
import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export class Registry {
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { type: string; data: Buffer }>();
  readonly #uploads = new Map<string, Buffer[]>();
  readonly #server = http.createServer((request, response) => {
    this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  readonly #login: string | undefined;
  /** Authorization headers as they came. */
  readonly seen: string[] = [];

  private constructor(login: { user: string; password: string } | undefined) {
    this.#login = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  }

  static async start(login?: { user: string; password: string }): Promise<Registry> {
    const registry = new Registry(login);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `shop/web:1` → its digest. */
  digest(name: string): string | undefined {
    const found = this.#manifests.get(name);
    return found && digestOf(found.data);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://registry');
    const { authorization } = request.headers;
    if (this.#login !== undefined) {
      if (authorization !== undefined) this.seen.push(authorization);
      if (authorization !== this.#login) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"', 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }));
        return;
      }
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const [, name = '', kind = '', rest = ''] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    const { method } = request;
    if (url.pathname === '/v2/') response.writeHead(200).end('{}');
    else if (kind === 'blobs/uploads') this.#upload(response, method, name, rest, url.searchParams.get('digest'), body);
    else if (kind === 'blobs') {
      const blob = this.#blobs.get(rest);
      if (blob === undefined) response.writeHead(404).end('{}');
      else
        response.writeHead(200, { 'Content-Length': blob.length, 'Docker-Content-Digest': rest }).end(method === 'HEAD' ? undefined : blob);
    } else if (kind === 'manifests' && method === 'PUT') {
      const manifest = { type: request.headers['content-type'] ?? '', data: body };
      this.#manifests.set(`${name}:${rest}`, manifest);
      this.#manifests.set(`${name}:${digestOf(body)}`, manifest);
      response.writeHead(201, { 'Docker-Content-Digest': digestOf(body) }).end();
    } else if (kind === 'manifests') {
      const found = this.#manifests.get(`${name}:${rest}`);
      if (found === undefined)
        response
          .writeHead(404, { 'Content-Type': 'application/json' })
          .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      else {
        const headers = { 'Content-Type': found.type, 'Content-Length': found.data.length, 'Docker-Content-Digest': digestOf(found.data) };
        response.writeHead(200, headers).end(method === 'HEAD' ? undefined : found.data);
      }
    } else response.writeHead(404).end('{}');
  }

  #upload(response: http.ServerResponse, method = '', name: string, id: string, digest: string | null, body: Buffer): void {
    if (method === 'POST') {
      const made = randomUUID();
      this.#uploads.set(made, []);
      response.writeHead(202, { Location: `/v2/${name}/blobs/uploads/${made}`, 'Docker-Upload-UUID': made, Range: '0-0' }).end();
      return;
    }
    const parts = this.#uploads.get(id);
    if (parts === undefined) {
      response.writeHead(404).end('{}');
      return;
    }
    parts.push(body);
    if (method === 'PATCH') {
      response
        .writeHead(202, {
          Location: `/v2/${name}/blobs/uploads/${id}`,
          'Docker-Upload-UUID': id,
          Range: `0-${Math.max(0, Buffer.concat(parts).length - 1)}`,
        })
        .end();
      return;
    }
    const blob = Buffer.concat(parts);
    this.#uploads.delete(id);
    if (digestOf(blob) !== digest) {
      response.writeHead(400).end('{}');
      return;
    }
    this.#blobs.set(digest, blob);
    response.writeHead(201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest }).end();
  }
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
