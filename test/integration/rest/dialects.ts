/** The differences between the two contracts, for tests of both. */
export interface DialectUnderTest {
  readonly name: string;
  readonly event: string;
  readonly otherEvents: readonly string[];
  readonly testEvent: string;
  readonly badToken: string;
  readonly hasPut: boolean;
  path(appId: string, suffix?: string): string;
  /** The exact body of an error response. */
  errorText(error: string, message: string): string;
  idOf(created: unknown): string;
}

export const authon: DialectUnderTest = {
  name: 'authon',
  event: 'user.login',
  otherEvents: ['license.validated', 'license.created', 'license.activated', 'license.deleted', 'test.ping'],
  testEvent: 'test',
  badToken: 'invalid_token',
  hasPut: false,
  path: (appId, suffix = '') => `/v1/admin/apps/${appId}/webhooks${suffix}`,
  errorText: (error, message) => JSON.stringify({ success: false, error, message }),
  idOf: (created) => (created as { data: { id: string } }).data.id,
};

export const authforge: DialectUnderTest = {
  name: 'authforge',
  event: 'license.created',
  otherEvents: ['user.login', 'license.activate', 'license.delete', 'session.create', 'test'],
  testEvent: 'test.ping',
  badToken: 'invalid_api_key',
  hasPut: true,
  path: (appId, suffix = '') => `/v1/apps/${appId}/webhooks${suffix}`,
  errorText: (error, message) => JSON.stringify({ error, message }),
  idOf: (created) => (created as { webhookId: string }).webhookId,
};
