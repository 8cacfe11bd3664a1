import type { Scenario } from '../bench.ts';
import { measureFlow, type FlowOptions } from '../flow.ts';
import { Stage } from '../stage.ts';

/** Publishing as fast as it goes to one app, in each of the ways that there are. */
export function throughput(about: string, options: FlowOptions): Scenario {
  return {
    name: options.name,
    about,
    async run(bench) {
      await using stage = await Stage.open(bench);
      const events = bench.options.quick ? options.events / 20 : options.events;
      return [await measureFlow(stage, { ...options, events })];
    },
  };
}

export const rest = throughput('one event a call over REST, 32 connections, 20,000 events of 300 bytes', {
  name: 'rest',
  way: 'rest',
  events: 20_000,
  concurrency: 32,
});

export const publishMany = throughput('publishMany with 50 events a call, 8 calls at a time, 40,000 events', {
  name: 'publish-many',
  way: 'many',
  events: 40_000,
  concurrency: 8,
});

export const fanOut = throughput('one event to five webhooks over REST, 4,000 events', {
  name: 'fan-out',
  way: 'rest',
  events: 4_000,
  concurrency: 32,
  webhooks: 5,
});

/** 32 in flight and 10 ms make 3,200 a second at most: most of it has to wait in MongoDB, not in memory. */
export const backlog = throughput(
  '40,000 events faster than their receiver takes them (it answers after 10 ms)',
  {
    name: 'backlog',
    way: 'many',
    events: 40_000,
    concurrency: 8,
    answerAfterMs: 10,
  },
);
