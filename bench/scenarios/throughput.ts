import type { Scenario } from '../bench.ts';
import { measureFlow, type FlowOptions } from '../flow.ts';
import { Testbed } from '../testbed.ts';

/** A scenario that publishes to one app at full speed. */
export function throughput(summary: string, options: FlowOptions): Scenario {
  return {
    name: options.name,
    summary,
    async run(bench) {
      await using testbed = await Testbed.open(bench);
      const events = bench.options.quick ? options.events / 20 : options.events;
      return [await measureFlow(testbed, { ...options, events })];
    },
  };
}

export const rest = throughput('one event a call over REST, 32 connections, 40,000 events of 300 bytes', {
  name: 'rest',
  transport: 'rest',
  events: 40_000,
  concurrency: 32,
});

export const publishMany = throughput('publishMany with 50 events a call, 8 calls at a time, 40,000 events', {
  name: 'publish-many',
  transport: 'many',
  events: 40_000,
  concurrency: 8,
});

export const fanOut = throughput('one event to five webhooks over REST, 8,000 events', {
  name: 'fan-out',
  transport: 'rest',
  events: 8_000,
  concurrency: 32,
  webhooks: 5,
});

/**
 * With 32 concurrent requests of 10 ms, at most 3,200 a second are sent, so that most deliveries wait in
 * MongoDB.
 */
export const backlog = throughput(
  '40,000 events, faster than the receiver handles them (it responds after 10 ms)',
  {
    name: 'backlog',
    transport: 'many',
    events: 40_000,
    concurrency: 8,
    responseDelayMs: 10,
  },
);
