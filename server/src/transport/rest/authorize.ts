import type { FastifyRequest } from 'fastify';
import type { Scope } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import { bearerToken } from '../http/bearer.ts';
import { withOrigin } from '../http/origin.ts';
import type { Services } from '../services.ts';

/** What the hooks below find out before a body is even read. */
export interface Caller {
  readonly actor: Actor;
  readonly webhook: Webhook | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

export function getCaller(request: FastifyRequest): Caller {
  if (request.caller === undefined)
    throw new Error(`route ${request.routeOptions.url ?? ''} lacks its caller hook`);
  return request.caller;
}

export function requireWebhook(request: FastifyRequest): Webhook {
  const { webhook } = getCaller(request);
  if (webhook === undefined) throw new Error(`route ${request.routeOptions.url ?? ''} names no webhook`);
  return webhook;
}

/**
 * The contracts' order of checks: credential, app, method, webhook, and only then the body. Runs before the body is parsed, so a
 * stranger learns nothing from a validation message.
 */
export function checkCaller(services: Services, mount: Mount) {
  return async function check(request: FastifyRequest): Promise<void> {
    const known = await services.keys.authenticate(bearerToken(request.headers.authorization));
    const actor = withOrigin(known, request);
    services.limits.management.take(actor);
    const { appId, webhookId } = request.params as { appId: string; webhookId?: string };
    const scope: Scope = request.method === 'GET' ? 'webhooks:read' : 'webhooks:write';
    await services.access.requireApp(actor, appId, scope);
    const webhook =
      webhookId === undefined || request.routeOptions.config.refusesMethod === true
        ? undefined
        : await services.webhooks.findInMount(actor, appId, webhookId, mount);
    request.caller = { actor, webhook };
  };
}
