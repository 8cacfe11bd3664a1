import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export interface SignOptions {
  /** Name of the key. @default the newest */
  readonly kid?: string;
  readonly alg?: string;
  /** Further fields of the header. */
  readonly header?: Readonly<Record<string, unknown>>;
}

interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** An OpenID Connect issuer on loopback with real keys, whose requests are counted. */
export class OidcIssuer implements AsyncDisposable {
  readonly #server: Server;
  readonly #keys = new Map<string, KeyPair>();
  readonly requests = { discovery: 0, keys: 0 };
  /** What the issuer sends in place of its documents. `never` leaves requests open. */
  fault: 'none' | 'status' | 'garbage' | 'huge' | 'redirect' | 'never' = 'none';
  #newest = '';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OidcIssuer> {
    const server = createServer();
    const issuer = new OidcIssuer(server);
    server.on('request', (request, response) => issuer.#respond(request.url ?? '', response));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    await issuer.addKey('first');
    return issuer;
  }

  get url(): string {
    // `as`: a listening TCP server has an AddressInfo.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds a key to the published set and signs with it from now on. */
  async addKey(kid: string, alg = 'ES256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    this.#keys.set(kid, { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } });
    this.#newest = kid;
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid);
  }

  /** Signs a token. Claims that are undefined are left out. */
  async sign(claims: Readonly<Record<string, unknown>>, options: SignOptions = {}): Promise<string> {
    const { kid = this.#newest, alg = 'ES256', header = {} } = options;
    const key = this.#keys.get(kid);
    if (key === undefined) throw new Error(`no key ${kid}`);
    return await new SignJWT({ iss: this.url, sub: 'service-1', aud: 'tocsin', ...claims })
      .setProtectedHeader({ alg, kid, ...header })
      .sign(key.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(path: string, response: ServerResponse): void {
    const isDiscovery = path === '/.well-known/openid-configuration';
    if (isDiscovery) this.requests.discovery++;
    else if (path === '/keys') this.requests.keys++;
    else return void response.writeHead(404).end();
    const document = isDiscovery
      ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
      : { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
    switch (this.fault) {
      case 'none':
        return void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify(document));
      case 'status':
        return void response.writeHead(500).end(JSON.stringify(document));
      case 'garbage':
        return void response.writeHead(200).end('<html>');
      case 'huge':
        return void response
          .writeHead(200)
          .end(JSON.stringify({ ...document, padding: 'x'.repeat(300_000) }));
      case 'redirect':
        return void response.writeHead(302, { location: `${this.url}/other` }).end();
      case 'never':
        return;
    }
  }
}
