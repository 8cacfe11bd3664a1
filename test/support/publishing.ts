import type { TestApp } from './app.ts';

/** A payload that the catalog accepts for `user.login`. */
export const loginData = { userId: 'usr_1', username: 'someone', ip: '192.0.2.1', hwid: 'HWID-1' };

export interface Subscribed {
  readonly appId: string;
  readonly webhookId: string;
  readonly secret: string;
  /** Publishes one `user.login`; answers the event's id. */
  publish(change?: { readonly username?: string }): Promise<string>;
}

/** An app with one webhook for `user.login`. */
export async function subscribe(
  app: TestApp,
  url: string,
  more: { readonly appId?: string; readonly rateLimit?: number; readonly profile?: string } = {},
): Promise<Subscribed> {
  const { appId = await app.createApp(), ...webhook } = more;
  const created = await app.call('webhooks.create', { appId, url, events: ['user.login'], ...webhook });
  return {
    appId,
    webhookId: created.id,
    secret: created.secret,
    publish: async (change = {}) => {
      const input = { appId, event: 'user.login', data: { ...loginData, ...change } };
      return (await app.call('events.publish', input)).id;
    },
  };
}

/** The only delivery of an event, as `deliveries.get` shows it. */
export async function deliveryOf(app: TestApp, eventId: string) {
  return await app.call('deliveries.get', { id: eventId.replace(/^evt_/, 'dlv_') });
}
