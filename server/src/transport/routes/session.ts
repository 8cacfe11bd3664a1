import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Scope } from '@tocsin/shared';
import { getAppLimit, type Actor } from '../../domain/access.ts';
import { isTocsinError, apiError } from '../../domain/errors.ts';
import type { ApiKeyService } from '../../services/accounts/api-keys.ts';
import {
  getCsrfToken,
  isCsrfToken,
  sessionMs,
  type SessionService,
  type SignedInSession,
} from '../../services/accounts/sessions.ts';
import type { RateLimiter } from '../../services/authorization/rate-limiter.ts';
import type { SignInLimiter } from '../../services/authorization/sign-in-limiter.ts';
import type { Authenticate } from '../http/authentication-hook.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';
import { getSessionCookies, setSessionCookie } from '../http/session-cookie.ts';

/** Carries the CSRF token. Required for every request of a session except reads. */
const csrfHeader = 'x-tocsin-csrf';

const signInInput = z.strictObject({ token: z.string().min(1).max(512) });

/** Fits the longest token. */
const maxSignInBytes = 4 * 1024;

const signOutQuery = z.strictObject({ everywhere: z.stringbool().default(false) });

/** The signed-in actor, for the admin UI. */
interface SessionView {
  readonly actor: {
    readonly kind: Actor['kind'];
    readonly accountId: string | null;
    /** The only app of the key. Null: all apps. */
    readonly appId: string | null;
    readonly scopes: readonly Scope[];
    readonly keyPrefix: string | null;
  };
  readonly csrfToken: string;
  readonly expiresAt: string;
}

export interface SessionRoutesDeps {
  readonly keys: ApiKeyService;
  readonly sessions: SessionService;
  readonly signIns: SignInLimiter;
  /** A successful sign-in counts as a call. */
  readonly calls: RateLimiter;
}

/** Uses the Authorization header if present, otherwise the session cookie and its CSRF token. */
export function createAuthenticate({
  keys,
  sessions,
}: Pick<SessionRoutesDeps, 'keys' | 'sessions'>): Authenticate {
  return (request) => {
    const { authorization } = request.headers;
    if (authorization !== undefined)
      return keys.authenticate(bearerToken(authorization), () => toClientNetwork(request.ip));
    return authenticateSession(request);
  };

  async function authenticateSession(request: FastifyRequest): Promise<Actor> {
    const session = await findSession(sessions, request);
    if (session === undefined) return await keys.authenticate(undefined);
    requireCsrf(request, session);
    return await sessions.authenticate(session);
  }
}

/** `/session`: POST signs in, GET returns the signed-in actor, DELETE signs out. */
export function registerSession(app: FastifyInstance, deps: SessionRoutesDeps): void {
  const { sessions } = deps;
  app.post('/session', { schema: { hide: true }, bodyLimit: maxSignInBytes }, async (request, reply) => {
    // Accepting only JSON blocks forms of other sites. This header blocks their scripts (login CSRF).
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      throw apiError('FORBIDDEN', 'signing in from another site is not allowed');
    }
    const input = signInInput.safeParse(request.body);
    if (!input.success)
      throw apiError('INVALID_INPUT', 'the body must be {"token": "<API key or root token>"}');
    const { session, actor } = await signIn(deps, request, input.data.token.trim());
    setSessionCookie(request, reply, session.id, sessionMs / 1000);
    return toSessionView(actor, session);
  });

  app.get('/session', { schema: { hide: true } }, async (request, reply) => {
    const session = await findSession(sessions, request);
    if (session === undefined) throw apiError('UNAUTHENTICATED', 'not signed in');
    try {
      return toSessionView(await sessions.authenticate(session), session);
    } catch (error) {
      if (isTocsinError(error) && error.code === 'UNAUTHENTICATED') setSessionCookie(request, reply, '', 0);
      throw error;
    }
  });

  app.delete('/session', { schema: { hide: true } }, async (request, reply) => {
    const query = signOutQuery.safeParse(request.query);
    if (!query.success) throw apiError('INVALID_INPUT', 'everywhere: must be true or false');
    const session = await findSession(sessions, request);
    if (session !== undefined) {
      requireCsrf(request, session);
      await sessions.end(session, query.data);
    }
    setSessionCookie(request, reply, '', 0);
    return await reply.code(204).send();
  });
}

async function signIn(
  { sessions, signIns, calls }: SessionRoutesDeps,
  request: FastifyRequest,
  token: string,
) {
  const network = toClientNetwork(request.ip);
  signIns.take(network);
  let isFailed = false;
  try {
    return await sessions.open(token, (actor) => calls.take(actor));
  } catch (error) {
    isFailed = isTocsinError(error) && error.code === 'UNAUTHENTICATED';
    throw error;
  } finally {
    if (!isFailed) signIns.giveBack(network);
  }
}

async function findSession(
  sessions: SessionService,
  request: FastifyRequest,
): Promise<SignedInSession | undefined> {
  return await sessions.find(getSessionCookies(request), getGivenCsrf(request));
}

function getGivenCsrf(request: FastifyRequest): string | undefined {
  const given = request.headers[csrfHeader];
  return typeof given === 'string' ? given : undefined;
}

/** Reads need no token: they change nothing, and other sites cannot read the response. */
function requireCsrf(request: FastifyRequest, session: SignedInSession): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const given = getGivenCsrf(request);
  if (given !== undefined && isCsrfToken(session, given)) return;
  throw apiError('FORBIDDEN', `the header ${csrfHeader} must contain the CSRF token of the session`);
}

function toSessionView(actor: Actor, session: SignedInSession): SessionView {
  return {
    actor: {
      kind: actor.kind,
      accountId: actor.kind === 'root' ? null : actor.accountId,
      appId: getAppLimit(actor) ?? null,
      scopes: actor.kind === 'root' ? ['operator'] : [...actor.scopes],
      keyPrefix: actor.kind === 'key' ? actor.keyPrefix : null,
    },
    csrfToken: getCsrfToken(session),
    expiresAt: new Date(session.expiresAt).toISOString(),
  };
}
