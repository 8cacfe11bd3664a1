import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Contract, Scope } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';
import { withOrigin } from '../http/origin.ts';
import type { TakeBack } from '../../services/limits/change-limiter.ts';
import { beforeDeadline, toPublishDeadline } from '../../services/events/publish-deadline.ts';
import type { Services } from '../services.ts';

/**
 * The caller of a request and, on routes with a webhook id, the webhook. Set by the `onRequest` hook of a
 * route.
 */
export interface Caller {
  readonly actor: Actor;
  readonly webhook: Webhook | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
    /** Set if the request was counted as a change of the account. */
    takeBackChange: TakeBack | undefined;
    /** How long the checks before the body took, ms. */
    checkedMs: number;
  }
}

export function getCaller(request: FastifyRequest): Caller {
  if (request.caller === undefined)
    throw new Error(`route ${request.routeOptions.url ?? ''} has no authorization hook`);
  return request.caller;
}

export function requireWebhook(request: FastifyRequest): Webhook {
  const { webhook } = getCaller(request);
  if (webhook === undefined) throw new Error(`route ${request.routeOptions.url ?? ''} has no webhook id`);
  return webhook;
}

/**
 * The `onRequest` hook of both contracts. Checks the credential, the app and the webhook, in this order,
 * before the body is parsed, so that unauthorized callers get no validation errors.
 */
export function authorize(services: Services, contract: Contract) {
  return async function authorizeRequest(request: FastifyRequest): Promise<void> {
    const authenticated = await services.keys.authenticate(bearerToken(request.headers.authorization), () =>
      toClientNetwork(request.ip),
    );
    const actor = withOrigin(authenticated, request);
    request.caller = { actor, webhook: undefined };
    await services.limits.management.take(actor);
    // A path without a route names no app.
    if (request.is404) return;
    // `as`: every path of both contracts has these parameters, and parameters are strings.
    const { appId, webhookId } = request.params as { appId: string; webhookId?: string };
    const scope: Scope = request.method === 'GET' ? 'webhooks:read' : 'webhooks:write';
    await services.access.requireApp(actor, appId, scope);
    // A method that is not allowed gets 405 whether or not the webhook exists.
    const hasWebhook = webhookId !== undefined && request.routeOptions.config.isMethodNotAllowed !== true;
    const webhook = hasWebhook
      ? await services.webhooks.findInMount(actor, appId, webhookId, contract)
      : undefined;
    request.caller = { actor, webhook };
    if (request.method !== 'GET' && request.routeOptions.config.isMethodNotAllowed !== true) {
      request.takeBackChange = await services.limits.changes.take(actor);
    }
  };
}

/** The `onResponse` hook of both contracts. A change that failed does not count. */
export async function takeBackFailedChange(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (reply.statusCode >= 400) await request.takeBackChange?.();
}

/**
 * The `onRequest` hook of the routes below `/v1/apps/:appId`. Checks the credential, the rate limit and the
 * app before the body is parsed, so that unauthorized callers get no validation errors. The time it takes
 * counts against that of a publish call.
 */
export function authorizeApp(services: Services, scope: Scope, limit: 'management' | 'publish') {
  return async function authorizeRequest(
    request: FastifyRequest<{ Params: { appId: string } }>,
  ): Promise<void> {
    const startedAt = performance.now();
    const deadline = limit === 'publish' ? toPublishDeadline(startedAt) : Number.POSITIVE_INFINITY;
    const token = bearerToken(request.headers.authorization);
    const actor = await beforeDeadline(
      services.keys.authenticate(token, () => toClientNetwork(request.ip)),
      deadline,
    );
    request.caller = { actor, webhook: undefined };
    await beforeDeadline(services.limits[limit].take(actor), deadline);
    await beforeDeadline(services.access.requireApp(actor, request.params.appId, scope), deadline);
    request.checkedMs = performance.now() - startedAt;
  };
}
