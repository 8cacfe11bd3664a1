import type { Collection, Document, Filter } from 'mongodb';
import { expect } from 'vitest';
import type { DeliveryStatus } from '@tocsin/shared';
import type { OutputOf, TestApp } from './app.ts';
import { getDelivery } from './publishing.ts';

/*
 * Waits for the conditions that tests need most. For others use `expect.poll`. A wait that fails shows what
 * it saw last.
 */

type Fields<T> = { readonly [K in keyof T]?: unknown };

interface WaitOptions {
  /** In ms. @default `expect.poll` of the project */
  readonly timeout?: number;
}

/** How much two clocks can differ that both cut off fractions of a ms, at both ends of a time. */
export const clockRoundingMs = 2;

/** Waits until the only delivery of an event has a status or some fields. Returns the delivery. */
export async function untilDelivery(
  app: TestApp,
  eventId: string,
  expected: DeliveryStatus | Fields<OutputOf<'deliveries.get'>>,
): Promise<OutputOf<'deliveries.get'>> {
  const fields = typeof expected === 'string' ? { status: expected } : expected;
  await expect.poll(() => getDelivery(app, eventId)).toMatchObject(fields);
  return await getDelivery(app, eventId);
}

/** Waits until a webhook has some fields. */
export async function untilWebhook(
  app: TestApp,
  id: string,
  expected: Fields<OutputOf<'webhooks.get'>>,
): Promise<void> {
  await expect.poll(() => app.call('webhooks.get', { id })).toMatchObject(expected);
}

/** Waits until this many documents match. */
export async function untilCount<T extends Document>(
  collection: Collection<T>,
  filter: Filter<T>,
  count: number,
  options: WaitOptions = {},
): Promise<void> {
  await expect.poll(() => collection.countDocuments(filter), options).toBe(count);
}

/** Waits until this many deliveries have failed once and wait for their retry. */
export async function untilAwaitingRetry(app: TestApp, count: number): Promise<void> {
  const filter = { status: 'pending', attemptCount: 1 };
  await untilCount(app.db.collection('deliveries'), filter, count);
}
