import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Scope } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { isTocsinError, apiError } from '../../domain/errors.ts';
import type { ApiKeyService } from '../../services/accounts/api-keys.ts';
import { bearerToken } from '../http/bearer.ts';

/** Session lifetime: 12 hours. */
const sessionMs = 12 * 60 * 60 * 1000;

/** Carries the CSRF token. Required for every request of a session except reads. */
const csrfHeader = 'x-tocsin-csrf';

const cookieName = 'tocsin_session';

/** Nonce and tag of AES-256-GCM, in the sizes that NIST SP 800-38D recommends. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The encrypted content of the cookie. It contains the hash of the token and not the token, so a stolen
 * cookie does not reveal the key.
 */
const sessionContent = z.strictObject({
  /** SHA-256 of the key or the root token, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  csrf: z.string(),
  expiresAt: z.number(),
});
type SessionContent = z.output<typeof sessionContent>;

const signInInput = z.strictObject({ token: z.string().min(1).max(512) });

/** The signed-in actor, for the admin UI. */
interface SessionView {
  readonly actor: {
    readonly kind: 'root' | 'key';
    readonly accountId: string | null;
    readonly scopes: readonly Scope[];
    readonly keyPrefix: string | null;
  };
  readonly csrfToken: string;
  readonly expiresAt: string;
}

/** Authenticates a request by its bearer token or its session cookie. Throws UNAUTHENTICATED. */
export type Authenticate = (request: FastifyRequest) => Actor | Promise<Actor>;

export interface SessionDeps {
  readonly keys: ApiKeyService;
  /** `ENCRYPTION_KEY`. Sessions use a key derived from it. */
  readonly encryptionKey: Buffer;
}

/**
 * Stateless browser sessions. The encrypted cookie contains the hash of the API key that signed in, and every
 * request authenticates with it again. A revoked or expired key therefore ends its sessions immediately.
 */
export class Sessions {
  readonly #keys: ApiKeyService;
  readonly #secretKey;

  constructor({ keys, encryptionKey }: SessionDeps) {
    this.#keys = keys;
    const derived = hkdfSync('sha256', encryptionKey, Buffer.alloc(0), 'tocsin admin session v1', 32);
    this.#secretKey = createSecretKey(Buffer.from(derived));
  }

  /** Uses the Authorization header if present, otherwise the session cookie and its CSRF token. */
  readonly authenticate: Authenticate = (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.#keys.authenticate(bearerToken(authorization), request.ip);
    const session = this.#read(request);
    if (session === undefined) return this.#keys.authenticate(undefined);
    requireCsrf(request, session);
    return this.#keys.authenticateHash(Buffer.from(session.hash, 'hex'), request.ip);
  };

  /** `/session`: POST signs in, GET returns the signed-in actor, DELETE signs out. */
  register(app: FastifyInstance): void {
    app.post('/session', { schema: { hide: true } }, async (request, reply) => {
      // Accepting only JSON blocks forms of other sites. This header blocks their scripts (login CSRF).
      if (request.headers['sec-fetch-site'] === 'cross-site') {
        throw apiError('FORBIDDEN', 'signing in from another site is not allowed');
      }
      const input = signInInput.safeParse(request.body);
      if (!input.success)
        throw apiError('INVALID_INPUT', 'the body must be {"token": "<API key or root token>"}');
      const token = input.data.token.trim();
      const actor = await this.#keys.authenticate(token, request.ip);
      const session: SessionContent = {
        hash: createHash('sha256').update(token).digest('hex'),
        csrf: randomBytes(18).toString('base64url'),
        expiresAt: Date.now() + sessionMs,
      };
      setCookie(request, reply, this.#encrypt(session), sessionMs / 1000);
      return toSessionView(actor, session);
    });

    app.get('/session', { schema: { hide: true } }, async (request, reply) => {
      const session = this.#read(request);
      if (session === undefined) throw apiError('UNAUTHENTICATED', 'not signed in');
      try {
        return toSessionView(await this.#keys.authenticateHash(Buffer.from(session.hash, 'hex')), session);
      } catch (error) {
        if (isTocsinError(error) && error.code === 'UNAUTHENTICATED') setCookie(request, reply, '', 0);
        throw error;
      }
    });

    app.delete('/session', { schema: { hide: true } }, async (request, reply) => {
      const session = this.#read(request);
      if (session !== undefined) requireCsrf(request, session);
      setCookie(request, reply, '', 0);
      return await reply.code(204).send();
    });
  }

  #read(request: FastifyRequest): SessionContent | undefined {
    const encrypted = getCookie(request.headers.cookie, cookieName);
    if (encrypted === undefined) return undefined;
    const session = this.#decrypt(encrypted);
    return session !== undefined && session.expiresAt > Date.now() ? session : undefined;
  }

  #encrypt(session: SessionContent): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#secretKey, nonce);
    const text = cipher.update(JSON.stringify(session), 'utf8');
    return Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Returns undefined for a value that this key did not encrypt. */
  #decrypt(encrypted: string): SessionContent | undefined {
    const bytes = Buffer.from(encrypted, 'base64url');
    if (bytes.length <= nonceBytes + tagBytes) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#secretKey, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
      return sessionContent.parse(JSON.parse(text + decipher.final('utf8')));
    } catch {
      return undefined;
    }
  }
}

/** Reads need no token: they change nothing, and other sites cannot read the response. */
function requireCsrf(request: FastifyRequest, session: SessionContent): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const given = request.headers[csrfHeader];
  if (typeof given === 'string' && equal(given, session.csrf)) return;
  throw apiError('FORBIDDEN', `the header ${csrfHeader} must contain the CSRF token of the session`);
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function toSessionView(actor: Actor, session: SessionContent): SessionView {
  return {
    actor:
      actor.kind === 'root'
        ? { kind: 'root', accountId: null, scopes: ['operator'], keyPrefix: null }
        : {
            kind: 'key',
            accountId: actor.accountId,
            scopes: [...actor.scopes],
            keyPrefix: actor.keyPrefix,
          },
    csrfToken: session.csrf,
    expiresAt: new Date(session.expiresAt).toISOString(),
  };
}

/** `value` is base64url, so it needs no escaping. */
function setCookie(request: FastifyRequest, reply: FastifyReply, value: string, maxAgeSeconds: number): void {
  const secure = isBehindTls(request) ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`,
  );
}

/**
 * Reads the header of any proxy, trusted or not, because a forged value can only make the cookie stricter.
 */
function isBehindTls(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-proto'];
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',', 1)[0]?.trim();
  return request.protocol === 'https' || first === 'https';
}

function getCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === name && value !== undefined) return value.trim();
  }
  return undefined;
}
