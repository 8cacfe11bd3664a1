import type { OutputOf, TestApp } from './app.ts';

/** Valid data of a `user.login`. */
export const loginData = { userId: 'usr_1', username: 'someone', ip: '192.0.2.1', hwid: 'HWID-1' };

export interface Subscribed {
  readonly appId: string;
  readonly webhookId: string;
  readonly secret: string;
  /** Publishes one `user.login`. Returns the event's id. */
  publish(change?: { readonly username?: string }): Promise<string>;
}

/** Creates an app with one webhook for `user.login`. */
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

/** Returns the only delivery of an event. */
export async function getDelivery(app: TestApp, eventId: string): Promise<OutputOf<'deliveries.get'>> {
  return await app.call('deliveries.get', { id: eventId.replace(/^evt_/, 'dlv_') });
}
