interface OperationExample {
  readonly request?: unknown;
  readonly response?: unknown;
}

const url = 'https://customer.example/hooks';
const createdAt = '2026-01-01T00:00:00.000Z';
const webhookId = 'wh_0123456789ab';
const eventId = 'evt_01jgfjjz000123456789abcdef';
const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' };

/** Examples of bodies by operation id. A linter compares them with their schemas. */
export const operationExamples: Readonly<Record<string, OperationExample>> = {
  createAuthonWebhook: {
    request: { url, events: ['user.ban'] },
    response: { success: true, data: { id: webhookId, url, events: ['user.ban'], secret } },
  },
  createAuthforgeWebhook: {
    request: { url, events: ['license.revoked'] },
    response: {
      webhookId,
      appId: 'app_xyz789',
      url,
      events: ['license.revoked'],
      enabled: true,
      secret,
      createdAt,
    },
  },
  updateAuthforgeWebhook: { request: { enabled: false } },
  publishEvent: { response: { eventId, deliveries: 2 } },
  accountsCreate: { request: { name: 'Customer portal' } },
  keysCreate: { request: { name: 'publisher', scopes: ['events:publish'] } },
  appsCreate: { request: { name: 'Checkout' } },
  webhooksCreate: { request: { appId: 'app_xyz789', url, events: ['license.revoked', 'user.*'] } },
  webhooksUpdate: { request: { enabled: false } },
  webhooksRotateSecret: { request: { overlapHours: 24 } },
  eventsPublish: {
    request: { appId: 'app_xyz789', event: 'license.revoked', data },
    response: { id: eventId, deliveries: 2 },
  },
  eventsPublishMany: {
    request: { events: [{ appId: 'app_xyz789', event: 'license.revoked', data }] },
    response: [
      { ok: true, id: eventId, deliveries: 2 },
      { ok: false, code: 'FORBIDDEN', message: 'no app app_other', retryable: false, errors: [] },
    ],
  },
  deliveriesReplay: { request: { webhookId, since: createdAt } },
  deliveriesCancel: {
    request: { webhookId, dryRun: true },
    response: { count: 3, underWay: 0, remaining: 0 },
  },
};
