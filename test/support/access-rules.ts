import type { Scope } from '@tocsin/shared';
import type { RestProcedure } from '../../server/src/transport/rest/v2/procedures.ts';
import { apiPrefix, routes } from '../../server/src/transport/rest/v2/routes.ts';

/*
 * The rights that each call needs. docs/access.md is generated from this table, and a test calls the server
 * as every kind of caller and compares the results with it.
 */

/** `nothing`: no credential. `any key`: a key with any scopes. A scope: a key with it or `*`, or root. */
type Needs = 'nothing' | 'any key' | Scope;

/** The outcome for another account's key that names one of our ids. `none of it`: a response without it. */
type ForOtherAccounts = 403 | 404 | 'none of it' | 'same';

export interface AccessRule {
  /** A tRPC procedure, or a method and a route. */
  readonly operation: string;
  /** The procedure that a route calls. It has the rights of this procedure. */
  readonly procedure?: string;
  readonly needs: Needs;
  readonly forOtherAccounts: ForOtherAccounts;
  /** A scope that is enough as well. */
  readonly or?: Scope;
}

const rule = (operation: string, needs: Needs, forOtherAccounts: ForOtherAccounts): AccessRule => ({
  operation,
  needs,
  forOtherAccounts,
});

export const procedureRules: readonly AccessRule[] = [
  rule('accounts.create', 'operator', 403),
  rule('accounts.list', 'operator', 403),
  rule('accounts.usage', 'any key', 403),
  rule('accounts.setLimits', 'operator', 403),
  rule('keys.create', 'keys:write', 403),
  rule('keys.list', 'keys:write', 'none of it'),
  rule('keys.rotate', 'keys:write', 404),
  rule('keys.revoke', 'keys:write', 404),
  rule('apps.create', 'apps:write', 403),
  rule('apps.list', 'webhooks:read', 'none of it'),
  rule('apps.get', 'webhooks:read', 403),
  rule('apps.delete', 'apps:write', 403),
  rule('apps.deletions', 'webhooks:read', 'none of it'),
  rule('webhooks.create', 'webhooks:write', 403),
  rule('webhooks.list', 'webhooks:read', 403),
  rule('webhooks.summaries', 'webhooks:read', 'none of it'),
  rule('webhooks.get', 'webhooks:read', 404),
  rule('webhooks.update', 'webhooks:write', 404),
  rule('webhooks.delete', 'webhooks:write', 404),
  rule('webhooks.test', 'webhooks:write', 404),
  rule('webhooks.backlog', 'deliveries:read', 404),
  rule('webhooks.sendWaiting', 'webhooks:write', 404),
  rule('webhooks.sendSample', 'webhooks:write', 404),
  rule('webhooks.activity', 'deliveries:read', 404),
  // Of the catalog's own examples, so there is nothing foreign in it.
  rule('webhooks.preview', 'webhooks:read', 'same'),
  rule('webhooks.rotateSecret', 'webhooks:write', 404),
  rule('events.types', 'any key', 'same'),
  rule('events.publish', 'events:publish', 403),
  // Each event has its own result, so another account's app is an error in the list.
  rule('events.publishMany', 'events:publish', 'none of it'),
  rule('events.subscribe', 'events:read', 403),
  rule('events.get', 'events:read', 404),
  rule('events.explain', 'events:read', 404),
  rule('events.list', 'events:read', 403),
  rule('feed.read', 'events:read', 403),
  rule('feed.consumers', 'events:read', 403),
  rule('feed.commit', 'events:consume', 403),
  rule('feed.deleteConsumer', 'events:consume', 403),
  rule('eventTypes.register', 'catalog:write', 403),
  { ...rule('eventTypes.list', 'events:read', 403), or: 'events:publish' },
  { ...rule('eventTypes.get', 'events:read', 403), or: 'events:publish' },
  rule('eventTypes.delete', 'catalog:write', 403),
  rule('deliveries.list', 'deliveries:read', 403),
  rule('deliveries.get', 'deliveries:read', 404),
  rule('deliveries.retry', 'deliveries:write', 404),
  rule('deliveries.resend', 'deliveries:write', 404),
  rule('deliveries.retryMany', 'deliveries:write', 404),
  rule('deliveries.cancelMany', 'deliveries:write', 404),
  rule('deliveries.cancel', 'deliveries:write', 404),
  rule('deliveries.replay', 'deliveries:write', 404),
  rule('deliveries.replays', 'deliveries:read', 'none of it'),
  rule('deliveries.cancelReplay', 'deliveries:write', 404),
  rule('incidents.list', 'deliveries:read', 403),
  rule('incidents.get', 'deliveries:read', 404),
  rule('incidents.count', 'deliveries:read', 403),
  rule('incidents.webhooks', 'deliveries:read', 403),
  rule('incidents.snooze', 'webhooks:write', 404),
  rule('incidents.note', 'webhooks:write', 404),
  rule('alertChannels.create', 'webhooks:write', 403),
  rule('alertChannels.list', 'webhooks:read', 403),
  rule('alertChannels.update', 'webhooks:write', 404),
  rule('alertChannels.delete', 'webhooks:write', 404),
  rule('alertChannels.test', 'webhooks:write', 404),
  rule('alertRules.create', 'webhooks:write', 403),
  rule('alertRules.list', 'webhooks:read', 403),
  rule('alertRules.update', 'webhooks:write', 404),
  rule('alertRules.delete', 'webhooks:write', 404),
  rule('alerts.history', 'webhooks:read', 403),
  rule('alerts.settings', 'webhooks:read', 'same'),
  rule('auditLog.list', '*', 'none of it'),
  // Needs no scope: it leaves out what the caller may not see.
  rule('search.find', 'any key', 'none of it'),
  rule('search.timeline', 'events:read', 403),
  rule('system.stats', 'deliveries:read', 403),
  rule('system.audit', 'operator', 403),
];

const mounts = ['/v1/admin/apps/:appId/webhooks', '/v1/apps/:appId/webhooks'];

export const routeRules: readonly AccessRule[] = [
  ...mounts.flatMap((mount) => [
    rule(`POST ${mount}`, 'webhooks:write', 403),
    rule(`GET ${mount}`, 'webhooks:read', 403),
    ...(mount.includes('admin') ? [] : [rule(`PUT ${mount}/:webhookId`, 'webhooks:write', 403)]),
    rule(`DELETE ${mount}/:webhookId`, 'webhooks:write', 403),
    rule(`POST ${mount}/:webhookId/test`, 'webhooks:write', 403),
  ]),
  rule('POST /v1/apps/:appId/events', 'events:publish', 403),
  rule('GET /v1/apps/:appId/deliveries', 'deliveries:read', 403),
  rule('GET /metrics', 'operator', 403),
  rule('GET /healthz', 'nothing', 'same'),
  rule('GET /readyz', 'nothing', 'same'),
  rule('GET /docs', 'nothing', 'same'),
];

/** The routes below `/api/v1` have the rights of their procedures. */
export const apiRules: readonly AccessRule[] = procedureRules.flatMap((procedureRule) => {
  const { operation: procedure } = procedureRule;
  if (!isRestProcedure(procedure)) return [];
  const { method, path } = routes[procedure];
  return { ...procedureRule, operation: `${method} ${apiPrefix}${path}`, procedure };
});

function isRestProcedure(procedure: string): procedure is RestProcedure {
  return procedure in routes;
}

/** Routes with a credential of another kind, or none at all: each with the reason why it is not crossed. */
export const otherRoutes: readonly { readonly route: RegExp; readonly why: string }[] = [
  { route: /^(GET|POST|QUERY) \/trpc\/:path$/, why: 'all procedures; each has a row above' },
  {
    route: /^GET \/(openapi|asyncapi)\.json$/,
    why: 'without a credential the built-in event types, with a valid one also those of its account',
  },
  { route: /^GET \/docs\/.*$/, why: 'the files of the API reference' },
  {
    route: /^(GET|POST|DELETE) \/session$/,
    why: 'signs browsers in and out; reads a key from the body, or the session cookie',
  },
  {
    route: /^GET \/session\/changes$/,
    why: 'names the kinds of data that changed and that the caller may read, without the data',
  },
  {
    route:
      /^GET \/(assets\/\*|favicon\.svg|theme\.js|(sign-in|apps|webhooks|deliveries|events|live|catalog|keys|audit|incidents|alerts|search)(\/\*)?)?$/,
    why: 'the files of the admin UI, which calls the API like any other client',
  },
];

export interface CallerKind {
  readonly name: string;
  /** The caller's scopes in our account. Undefined: the caller is not authenticated. */
  readonly scopes: 'root' | readonly Scope[] | undefined;
  readonly isOtherAccount?: boolean;
  /** The only app of the caller: that of our objects, or another one of our account. */
  readonly onlyApp?: 'ours' | 'another';
  /** An access token of an OpenID Connect issuer in place of an API key. */
  readonly isToken?: boolean;
}

const keyScopes = [
  'webhooks:read',
  'webhooks:write',
  'apps:write',
  'events:publish',
  'events:read',
  'events:consume',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
  'catalog:write',
] as const satisfies readonly Scope[];

export const unauthenticated: readonly CallerKind[] = [
  { name: 'no credential', scopes: undefined },
  { name: 'malformed', scopes: undefined },
  { name: 'unknown key', scopes: undefined },
  { name: 'expired key', scopes: undefined },
  { name: 'revoked key', scopes: undefined },
];

export const callers: readonly CallerKind[] = [
  ...unauthenticated,
  ...keyScopes.map((scope): CallerKind => ({ name: scope, scopes: [scope] })),
  { name: '*', scopes: ['*'] },
  { name: '* of another account', scopes: ['*'], isOtherAccount: true },
  { name: '* for the app', scopes: ['*'], onlyApp: 'ours' },
  { name: '* for another app', scopes: ['*'], onlyApp: 'another' },
  { name: '* by token', scopes: ['*'], isToken: true },
  { name: '* by token for the app', scopes: ['*'], isToken: true, onlyApp: 'ours' },
  { name: 'root', scopes: 'root' },
];

/** `yes`: allowed. `none of it`: allowed, with a response that contains none of our objects. */
export type Outcome = 'yes' | 'none of it' | 401 | 403 | 404;

type Exceptions = Readonly<Partial<Record<string, Outcome>>>;

/** Calls that concern the whole account, for callers that have access to one app of it. */
const forOneApp: Exceptions = {
  'accounts.usage': 403,
  'alertChannels.create': 403,
  'alertChannels.list': 403,
  'alertChannels.update': 403,
  'alertChannels.delete': 403,
  'alertChannels.test': 403,
  'alertRules.create': 403,
  'alertRules.list': 403,
  'alertRules.update': 403,
  'alertRules.delete': 403,
  'alerts.history': 403,
  'alerts.settings': 403,
  'apps.create': 403,
  'apps.delete': 403,
  'eventTypes.register': 403,
  'eventTypes.delete': 403,
  // Our key has access to the whole account.
  'keys.list': 'none of it',
};

/** Creates a key for the caller's own app. */
const forAnotherApp: Exceptions = {
  ...forOneApp,
  'keys.create': 'yes',
  // Event types belong to the account.
  'eventTypes.list': 'yes',
  'eventTypes.get': 'yes',
};

/** A key would outlive the token that creates or rotates it. */
const forTokens: Exceptions = { 'keys.create': 403, 'keys.rotate': 403 };

/** Returns the expected outcome of an operation on one of our objects. */
export function outcomeOf(
  { operation, procedure = operation, needs, forOtherAccounts, or }: AccessRule,
  caller: CallerKind,
): Outcome {
  if (needs === 'nothing') return 'yes';
  if (caller.scopes === undefined) return 401;
  const isAllowed =
    caller.scopes === 'root' ||
    needs === 'any key' ||
    (or !== undefined && caller.scopes.includes(or)) ||
    (needs !== 'operator' && (caller.scopes.includes(needs) || caller.scopes.includes('*')));
  if (!isAllowed) return 403;
  const foreign = forOtherAccounts === 'same' ? 'yes' : forOtherAccounts;
  if (caller.isOtherAccount === true) return foreign;
  if (caller.onlyApp === 'another') return forAnotherApp[procedure] ?? foreign;
  const exception = caller.onlyApp === 'ours' ? forOneApp[procedure] : undefined;
  return exception ?? (caller.isToken === true ? forTokens[procedure] : undefined) ?? 'yes';
}
