/** The event types of test pings, which `webhooks.test` sends. */
export type TestPing = 'test' | 'test.ping';
