/** What an operation does beyond its summary, by operation id. */
export const operationDescriptions: Readonly<Record<string, string>> = {
  // Authon's contract
  createAuthonWebhook: 'Creates a webhook with the profile `authon`. Only this response has the secret.',
  listAuthonWebhooks: 'Lists the webhooks of an app that this contract created.',
  deleteAuthonWebhook: 'Deletes a webhook and cancels its pending deliveries.',
  testAuthonWebhook: 'Sends a test ping at once, without retries, and returns the result.',
  // AuthForge's contract
  createAuthforgeWebhook:
    'Creates a webhook with the profile `authforge`. Only this response has the secret.',
  listAuthforgeWebhooks: 'Lists the webhooks of an app that this contract created.',
  updateAuthforgeWebhook: 'Changes the fields that the body has.',
  deleteAuthforgeWebhook: 'Deletes a webhook and cancels its pending deliveries.',
  testAuthforgeWebhook: 'Sends a test ping at once, without retries, and returns the result.',
  // Publishing below /v1
  publishEvent:
    'Stores an event durably and sends it to the webhooks of the app that are subscribed to its type. Needs the scope ' +
    '`events:publish`. With an `idempotencyKey`, a repeated call returns the first result.',
  listDeliveries:
    'Lists the deliveries of an app that match all given filters. Needs the scope `deliveries:read`.',
  // /api/v1
  accountsCreate: 'Creates an account, the owner of apps and API keys. Needs the scope `operator`.',
  accountsList: 'Lists accounts, newest first. Needs the scope `operator`.',
  accountsUsage:
    'Returns each limit of an account and how much of it is used. Any key reads its own account.',
  accountsSetLimits: 'Changes limits of an account. Null restores the default. Needs the scope `operator`.',
  keysCreate:
    'Creates an API key. Only this response has the key. A key that another key creates has at most its scopes, lifetime ' +
    'and app. Needs the scope `keys:write`.',
  keysList: 'Lists the API keys that have no scope that the caller lacks. Needs the scope `keys:write`.',
  keysRotate:
    'Replaces an API key. The old one works until the end of the overlap. Needs the scope `keys:write`.',
  keysRevoke: 'Revokes an API key, and the keys that it created. Needs the scope `keys:write`.',
  appsCreate: 'Creates an app, the owner of webhooks and events. Needs the scope `apps:write`.',
  appsList: 'Lists apps, newest first. Needs the scope `webhooks:read`.',
  appsGet: 'Returns an app. Needs the scope `webhooks:read`.',
  appsDelete:
    'Deletes an app with its webhooks, and starts a job that erases its events and deliveries. Needs the scope `apps:write`.',
  appsDeletions: 'Lists deleted apps with the progress of their erasure. Needs the scope `webhooks:read`.',
  webhooksCreate:
    'Creates a webhook. Only this response and that of a rotation have the secret. Needs the scope `webhooks:write`.',
  webhooksList: 'Lists the webhooks of an app, oldest first. Needs the scope `webhooks:read`.',
  webhooksSummaries:
    'Lists webhooks of one app or of all apps, with what a table shows of them. Needs the scope `webhooks:read`.',
  webhooksGet: 'Returns a webhook without its secret. Needs the scope `webhooks:read`.',
  webhooksUpdate: 'Changes the fields that the body has. Needs the scope `webhooks:write`.',
  webhooksDelete: 'Deletes a webhook and cancels its pending deliveries. Needs the scope `webhooks:write`.',
  webhooksTest:
    'Sends a test ping at once, without retries, and returns the result. Needs the scope `webhooks:write`.',
  webhooksBacklog:
    'Counts the deliveries that wait for a webhook and those that failed for good, up to 50,000. ' +
    'Needs the scope `deliveries:read`.',
  webhooksSendWaiting:
    'Makes all waiting deliveries of a webhook due now. A paused webhook is tested first. Needs the scope `webhooks:write`.',
  webhooksSendSample:
    'Sends the example of an event type to this webhook only, and returns the result. Needs the scope `webhooks:write`.',
  webhooksActivity:
    'Counts the attempts of a webhook in the last hours, by time, status, reason and event type. ' +
    'Needs the scope `deliveries:read`.',
  webhooksPreview:
    'Returns the body that a webhook would get for the example of an event type. Needs the scope `webhooks:read`.',
  webhooksRotateSecret:
    'Generates a new secret. The old one stays valid during the overlap, so that receivers can change it. Needs the scope ' +
    '`webhooks:write`.',
  eventsTypes:
    'Returns the catalog: each event type with its JSON Schema and an example. Any key may read it.',
  eventsPublish:
    'Stores an event durably and sends it to the webhooks of the app that are subscribed to its type. Needs the scope ' +
    '`events:publish`.',
  eventsPublishMany:
    'Publishes up to 500 events. Returns one result for each event, in the same order. A rejected event does not affect the ' +
    'others. Needs the scope `events:publish`.',
  eventsGet: 'Returns a stored event. Needs the scope `events:read`.',
  eventsExplain:
    'Explains what happened to an event: one verdict for each webhook of its app. Needs the scope `events:read`.',
  eventsList: 'Lists events that match all given filters, newest first. Needs the scope `events:read`.',
  feedRead:
    'Returns the events of an app after a cursor, in the order of their commits, as far back as retention. With `waitMs`, ' +
    'waits for an event (long poll). Needs the scope `events:read`.',
  feedConsumers: 'Lists the consumers of an app with their cursors. Needs the scope `events:read`.',
  feedCommit:
    'Stores the cursor of a consumer. With `expectedCursor`, only if that is the stored one; otherwise fails with ' +
    '`CONFLICT`. The first commit creates the consumer. Needs the scope `events:consume`.',
  feedDeleteConsumer: 'Deletes a consumer with its cursor. Needs the scope `events:consume`.',
  eventTypesRegister:
    'Registers 1 to 200 event types by JSON Schema, all or none. Needs the scope `catalog:write`.',
  eventTypesList:
    'Lists event types by name, the built-in ones included. Needs the scope `events:read` or `events:publish`.',
  eventTypesGet:
    'Returns an event type with its versions. Needs the scope `events:read` or `events:publish`.',
  eventTypesDelete:
    'Deletes a registered event type with all versions. Accepted events are still delivered. Needs the scope `catalog:write`.',
  deliveriesList:
    'Lists deliveries that match all given filters, newest first. Needs the scope `deliveries:read`.',
  deliveriesGet:
    'Returns a delivery with its last 50 attempts, oldest first. Needs the scope `deliveries:read`.',
  deliveriesResend:
    'Sends a stored event to a webhook of its app, also to one that is not subscribed to its type. With an `idempotencyKey`, a ' +
    'repeated call sends nothing more. Needs the scope `deliveries:write`.',
  deliveriesRetry: 'Makes a delivery due now. Needs the scope `deliveries:write`.',
  deliveriesRetryMany:
    'Makes up to 200 deliveries due now, and returns a result for each. Needs the scope `deliveries:write`.',
  deliveriesCancelMany:
    'Cancels up to 200 pending deliveries, and returns a result for each. Needs the scope `deliveries:write`.',
  deliveriesCancel:
    'Cancels pending deliveries of a webhook, except those that are being sent. Needs the scope `deliveries:write`.',
  deliveriesReplay:
    'Sends finished deliveries of a webhook again, in the background. Needs the scope `deliveries:write`.',
  deliveriesReplays: 'Lists replays with their progress, newest first. Needs the scope `deliveries:read`.',
  deliveriesCancelReplay:
    'Stops a replay. Deliveries that it has put back are sent. Needs the scope `deliveries:write`.',
  incidentsList:
    'Lists open incidents, the worst first, or closed ones, the newest first. Needs the scope `deliveries:read`.',
  incidentsGet: 'Returns an incident. Needs the scope `deliveries:read`.',
  incidentsCount: 'Counts the open incidents. Needs the scope `deliveries:read`.',
  incidentsWebhooks:
    'Lists webhooks in a state, those with the most failures in a row first. Needs the scope `deliveries:read`.',
  incidentsSnooze:
    'Marks an incident as needing no attention until a time. Needs the scope `webhooks:write`.',
  incidentsNote: 'Sets or removes the note of an incident. Needs the scope `webhooks:write`.',
  alertChannelsCreate:
    'Creates a channel: a chat service, an e-mail address or a webhook. Only this response has the secret of a webhook. ' +
    'Needs the scope `webhooks:write`.',
  alertChannelsList: 'Lists alert channels, newest first, with masked URLs. Needs the scope `webhooks:read`.',
  alertChannelsUpdate: 'Changes the fields that the body has. Needs the scope `webhooks:write`.',
  alertChannelsDelete:
    'Deletes a channel and takes it off the rules that name it. Needs the scope `webhooks:write`.',
  alertChannelsTest:
    'Sends a test message at once, without retries, and returns the result. Needs the scope `webhooks:write`.',
  alertRulesCreate: 'Creates a rule. Needs the scope `webhooks:write`.',
  alertRulesList: 'Lists alert rules, with the number of their open alerts. Needs the scope `webhooks:read`.',
  alertRulesUpdate: 'Changes the fields that the body has. Needs the scope `webhooks:write`.',
  alertRulesDelete:
    'Deletes a rule. Its open alerts end without a message. Needs the scope `webhooks:write`.',
  alertsHistory:
    'Lists the messages that were sent to channels with their results, newest first. Needs the scope `webhooks:read`.',
  alertsSettings:
    'Returns whether the server can send e-mail and lets accounts have alerts. Needs the scope `webhooks:read`.',
  auditLogList: 'Lists changes and sign-ins that match all given filters, newest first. Needs the scope `*`.',
  searchFind:
    'Finds objects of every kind that the key may read. Needs no scope of its own: kinds that the key may not read are left out, and `searched` lists the others.',
  searchTimeline:
    'Returns events newest first, each with a verdict for each webhook. Needs the scope `events:read`.',
  systemStats:
    'Returns counts of the last hours, the state of the queue and the failing webhooks. Needs the scope `deliveries:read`.',
  systemAudit:
    'Reconciliation: checks that every event of a time window has its deliveries. Needs the scope `operator`.',
};

/**
 * Descriptions of headers that replace fields of an input, and of parameters whose schema is a reference, because
 * @fastify/swagger drops what is beside one. All others have those of their fields.
 */
export const parameterDescriptions: Readonly<Record<string, string>> = {
  state: 'Only items in this state.',
  status: 'Only items with this status.',
  reason: 'Only deliveries that have their status for this reason.',
  cause: 'Only deliveries that are not delivered, and whose last attempt failed for this reason.',
  statusClass: 'Only deliveries whose last attempt got a status of this class.',
  action: 'Only entries of this action.',
  'Idempotency-Key':
    'Makes repeated calls safe: the same key with the same input returns the first result again. 1 to 128 visible ASCII ' +
    'characters.',
  'If-Match': 'The `ETag` of the webhook that the change is based on. Any other revision fails with 412.',
};

/** Descriptions of responses by status. */
export const responseDescriptions: Readonly<Record<string, string>> = {
  200: 'The result.',
  201: 'Created.',
  202: 'Accepted.',
  400: 'A field is missing, malformed or unknown. The message names it.',
  401: 'The credential is missing, malformed, unknown, expired or revoked.',
  403: 'The credential does not permit the call, or a limit of the account is reached.',
  404: 'The object does not exist, or belongs to another account.',
  405: 'The path does not have this method.',
  406: 'The client accepts no JSON.',
  409: 'The call conflicts with the state of the object, or with an earlier call of the same idempotency key.',
  412: 'The webhook has another revision than `If-Match` expects.',
  413: 'The request body is too large.',
  415: 'The request body is not JSON.',
  429: 'Too many calls. Retry after the seconds of the header `Retry-After`.',
  500: 'An internal error. The log of the server has its request id.',
  503: 'Temporarily unavailable. Retry after the seconds of the header `Retry-After`.',
};
