/*
 * Source text of a user of the package. A text, because it must not be compiled with the workspace: the test
 * compiles it against the packed tarball with its own settings. Uses the newest procedures, so that a tarball
 * with outdated declarations fails.
 */

const body = `
export function handle(event: WebhookEvent): string {
  switch (event.type) {
    case 'user.ban':
      return event.data.reason;
    case 'license.created':
      return event.data.label ?? 'no label';
    case 'unknown':
      return event.eventType;
    default: {
      const known: KnownEvent['type'] = event.type;
      return known;
    }
  }
}

export async function main(url: string): Promise<void> {
  const tocsin: TocsinClient = createTocsinClient({ url, token: 'tsk_1', retry: { retries: 0 } });
  const data = { userId: 'u', username: 'n', reason: 'spam', bannedBy: 'b' };
  const { id, deliveries } = await tocsin.publish('user.ban', { appId: 'app_1', data });
  const failed = await tocsin.safePublish('user.ban', { appId: 'reject', data });
  const code: string = failed.ok ? 'ok' : failed.error.code;
  const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
  const request = {
    headers: { 'X-AuthForge-Signature': 'sha256=8068121cada12450c4259daa2dfc663eda2b35a0ffc713f7df7812af46f418d4' },
    body: '{"event":"license.validated","timestamp":"2026-04-10T15:30:00.000Z","data":{"licenseKey":"A3K9-BFWX-7NP2-QHDT","appId":"550e8400-e29b-41d4-a716-446655440000","status":"active","hwid":"a1b2c3d4e5f6"}}',
  };
  const event = await verify(request, { secret, profile: 'authforge' });
  const rejected = await safeVerify(request, { secret: 'whsec_0123456789abcdef0123456789abcdef', profile: 'authforge' });
  const items: string[] = [];
  for await (const delivery of tocsin.deliveries.list.iterate({ appId: 'app_1', status: 'failed' })) items.push(delivery.id);
  await tocsin.close();
  console.log(
    JSON.stringify({
      id,
      deliveries,
      code,
      handled: handle(event),
      rejected: rejected.ok ? 'no' : rejected.error.code,
      types: eventTypes.length,
      schema: eventCatalog['user.ban'].schema.safeParse(data).success,
      isError: isTocsinClientError(failed.ok ? undefined : failed.error),
      items,
    }),
  );
}

/** Lines that must not compile. */
export async function mistakes(tocsin: TocsinClient, event: WebhookEvent): Promise<void> {
  const data = { userId: 'u', username: 'n', reason: 'spam', bannedBy: 'b' };
  // @ts-expect-error the event's name is misspelled
  await tocsin.publish('user.banned', { appId: 'a', data });
  // @ts-expect-error a test ping cannot be published
  await tocsin.publish('test.ping', { appId: 'a', data: { licenseKey: 'k', message: 'm' } });
  // @ts-expect-error a field is missing
  await tocsin.publish('user.ban', { appId: 'a', data: { userId: 'u', username: 'n', reason: 'r' } });
  // @ts-expect-error a field has a wrong type
  await tocsin.publish('user.ban', { appId: 'a', data: { ...data, reason: 1 } });
  // @ts-expect-error a field is misspelled
  await tocsin.publish('user.ban', { appId: 'a', data: { ...data, resaon: 'r' } });
  // @ts-expect-error data of an unknown event is untyped
  if (event.type === 'unknown') event.data.reason.trim();
  // @ts-expect-error a secret must not be undefined
  await verify({ body: '', headers: {} }, { secret: undefined as string | undefined });
  // @ts-expect-error a procedure that does not exist
  await tocsin.webhooks.list.mutate({ appId: 'a' });
}
`;

const imports = {
  client: `{ createTocsinClient, isTocsinClientError, type TocsinClient }`,
  receiver: `{ safeVerify, verify, type KnownEvent, type WebhookEvent }`,
  schemas: `{ eventCatalog, eventTypes }`,
};

export const esmConsumer = `
import ${imports.client} from '@tocsin/client';
import ${imports.receiver} from '@tocsin/client/receiver';
import ${imports.schemas} from '@tocsin/client/schemas';
${body}`;

/** The same source as CommonJS. In a `.cts` file it compiles to `require`. */
export const cjsConsumer = `
import client = require('@tocsin/client');
import receiver = require('@tocsin/client/receiver');
import schemas = require('@tocsin/client/schemas');
type TocsinClient = client.TocsinClient;
type KnownEvent = receiver.KnownEvent;
type WebhookEvent = receiver.WebhookEvent;
const { createTocsinClient, isTocsinClientError } = client;
const { safeVerify, verify } = receiver;
const { eventCatalog, eventTypes } = schemas;
${body}`;

const trpcBody = `
export const createClient = (url: string) => {
  const link = tocsinLink({ url, token: 'tsk_1', retry: { retries: 0 } });
  return createTRPCClient<AppRouter>({ links: [link] });
};

export async function main(url: string): Promise<void> {
  const trpc = createClient(url);
  const data = { userId: 'u', username: 'n', reason: 'spam', bannedBy: 'b' };
  const { id } = await trpc.events.publish.mutate({ appId: 'app_1', event: 'user.ban', data });
  const code = await trpc.events.publish.mutate({ appId: 'reject', event: 'user.ban', data }).then(
    () => 'ok',
    (error: TRPCClientError<AppRouter>) => error.data?.tocsin.code,
  );
  const { items } = await trpc.deliveries.list.query({ appId: 'app_1', status: 'failed' });
  console.log(JSON.stringify({ id, code, items: items.map((delivery) => delivery.id) }));
}

/** Lines that must not compile. */
export async function mistakes(trpc: ReturnType<typeof createClient>): Promise<void> {
  // @ts-expect-error the event's name is misspelled
  await trpc.events.publish.mutate({ appId: 'a', event: 'user.banned', data: {} });
  // @ts-expect-error a field is missing
  await trpc.events.publish.mutate({ appId: 'a', event: 'user.ban', data: { userId: 'u' } });
  // @ts-expect-error a procedure that does not exist
  await trpc.webhooks.list.mutate({ appId: 'a' });
}
`;

/** A client of `@trpc/client`. */
export const trpcConsumer = `
import { createTRPCClient, type TRPCClientError } from '@trpc/client';
import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
${trpcBody}`;

export const trpcCjsConsumer = `
import trpcClient = require('@trpc/client');
import tocsinTrpc = require('@tocsin/client/trpc');
import type { TRPCClientError } from '@trpc/client';
import type { AppRouter } from '@tocsin/client/trpc';
const { createTRPCClient } = trpcClient;
const { tocsinLink } = tocsinTrpc;
${trpcBody}`;
