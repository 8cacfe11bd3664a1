import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from '../clock.ts';
import { eventType, payloadMaker, type MakePayload } from '../payload.ts';
import { serve } from '../worker.ts';
import { headOf, openPlainHttp } from './plain-http.ts';

/* The one who publishes: a process of its own, as a sibling service is. */

export interface PublishTarget {
  readonly url: string;
  readonly token: string;
  readonly appId: string;
}

export interface PublishJob extends PublishTarget {
  readonly way: 'rest' | 'client' | 'many';
  readonly events: number;
  /** Calls under way at a time. */
  readonly concurrency: number;
  /** The number of the first event. @default 0 */
  readonly from?: number;
}

export interface PaceJob extends PublishTarget {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface PublishReport {
  readonly startedUs: number;
  readonly endedUs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly firstRefusal: string | undefined;
}

/** Publishes the events from `from` to below `to`; answers how many were accepted. */
type PublishRange = (from: number, to: number) => Promise<{ accepted: number; refusal?: string }>;

interface Way extends AsyncDisposable {
  readonly publish: PublishRange;
  /** Events in one call. */
  readonly perCall: number;
}

/** Of publishMany; one by one for the other ways. */
const eventsPerCall = 50;

function headersOf(target: PublishTarget) {
  return { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' };
}

function byRest(target: PublishTarget, connections: number): Way {
  const http = openPlainHttp(target.url, connections);
  const make = payloadMaker(target.appId);
  const head = headOf(target.url, `/v1/apps/${target.appId}/events`, headersOf(target));
  return {
    perCall: 1,
    publish: async (n) => {
      const { status, text } = await http.post(
        head,
        `{"event":"${eventType}","data":${JSON.stringify(make(n))}}`,
      );
      return status === 202 ? { accepted: 1 } : { accepted: 0, refusal: text };
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function byPublishMany(target: PublishTarget, connections: number): Way {
  const http = openPlainHttp(target.url, connections);
  const make = payloadMaker(target.appId);
  const head = headOf(target.url, '/trpc/events.publishMany', headersOf(target));
  return {
    perCall: eventsPerCall,
    publish: async (from, to) => {
      const { status, text } = await http.post(
        head,
        JSON.stringify({ events: manyEvents(target.appId, make, { from, to }) }),
      );
      if (status !== 200) return { accepted: 0, refusal: text };
      const { result } = JSON.parse(text) as { result: { data: { ok: boolean }[] } };
      const accepted = result.data.filter((item) => item.ok).length;
      return accepted === to - from ? { accepted } : { accepted, refusal: text };
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function manyEvents(appId: string, make: MakePayload, { from, to }: { from: number; to: number }) {
  return Array.from({ length: to - from }, (_, index) => ({
    appId,
    event: eventType,
    data: make(from + index),
  }));
}

async function byClient(target: PublishTarget): Promise<Way> {
  const { createTocsinClient } = await import('../../client/src/index.ts');
  const client = createTocsinClient({ url: target.url, token: target.token });
  const make = payloadMaker(target.appId);
  return {
    perCall: 1,
    publish: async (n) => {
      const outcome = await client.safePublish(eventType, { appId: target.appId, data: make(n) });
      return outcome.ok ? { accepted: 1 } : { accepted: 0, refusal: outcome.error.message };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function openWay(job: PublishJob): Promise<Way> {
  switch (job.way) {
    case 'rest':
      return byRest(job, job.concurrency);
    case 'many':
      return byPublishMany(job, job.concurrency);
    case 'client':
      return await byClient(job);
  }
}

class Tally {
  readonly #startedUs = nowUs();
  #accepted = 0;
  #refused = 0;
  #firstRefusal: string | undefined;

  add(asked: number, { accepted, refusal }: Awaited<ReturnType<PublishRange>>): void {
    this.#accepted += accepted;
    this.#refused += asked - accepted;
    this.#firstRefusal ??= refusal;
  }

  report(): PublishReport {
    return {
      startedUs: this.#startedUs,
      endedUs: nowUs(),
      accepted: this.#accepted,
      refused: this.#refused,
      firstRefusal: this.#firstRefusal,
    };
  }
}

const commands = {
  /** As fast as the answers come: `concurrency` callers, each with one call at a time. */
  publish: async (job: PublishJob): Promise<PublishReport> => {
    await using way = await openWay(job);
    let next = job.from ?? 0;
    const end = next + job.events;
    const tally = new Tally();
    const caller = async () => {
      while (next < end) {
        const from = next;
        const to = Math.min(end, from + way.perCall);
        next = to;
        tally.add(to - from, await way.publish(from, to));
      }
    };
    await Promise.all(Array.from({ length: job.concurrency }, caller));
    return tally.report();
  },

  /** At a fixed rate over REST, whatever the answers take: a slow server cannot slow the clock that judges it. */
  pace: async (job: PaceJob): Promise<PublishReport> => {
    await using way = byRest(job, 32);
    const tally = new Tally();
    const start = performance.now();
    const calls: Promise<void>[] = [];
    for (let n = 0; n < job.perSecond * job.seconds; n++) {
      const early = start + (n * 1000) / job.perSecond - performance.now();
      if (early > 0) await wait(early);
      calls.push(way.publish(n, n + 1).then((result) => tally.add(1, result)));
    }
    await Promise.all(calls);
    return tally.report();
  },
};

export type PublisherCommands = typeof commands;

serve(commands);
