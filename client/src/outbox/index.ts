/**
 * A transactional outbox: events are written to the database of a service in the same transaction as the
 * change that they tell of, and a relay publishes them after the commit.
 *
 * @module
 */
export { createOutbox } from './outbox.ts';
export { mongoOutboxStore } from './mongo-outbox-store.ts';
export { outboxStoreCases } from './store-cases.ts';
export type { MongoOutboxStoreOptions } from './mongo-outbox-store.ts';
export type { EventsOfClient, Outbox, OutboxCallOptions, OutboxOptions, OutboxRelay } from './outbox.ts';
export type { OutboxStats } from './outbox-stats.ts';
export type { MetricLabels } from './metrics-text.ts';
export type { OutboxContent, OutboxEvent, OutboxStore, Refusal, SetAsideEvent } from './outbox-store.ts';
export type { LagReport, RelayCounts, RelayOptions } from './relay-options.ts';
export type { OutboxStoreCase, OutboxTestBench } from './store-cases.ts';
