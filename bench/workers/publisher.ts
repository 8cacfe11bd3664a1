import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from '../clock.ts';
import { eventType, createPayloadFactory, type PayloadFactory } from '../payload.ts';
import { serve } from '../worker.ts';
import { toRequestHead, openPlainHttp } from './plain-http.ts';

/* The publisher, a separate process like a service that uses Tocsin. */

export interface PublishTarget {
  readonly url: string;
  readonly token: string;
  readonly appId: string;
}

export interface PublishJob extends PublishTarget {
  readonly transport: 'rest' | 'client' | 'many';
  readonly events: number;
  /** Number of concurrent calls. */
  readonly concurrency: number;
  /** The number of the first event. @default 0 */
  readonly from?: number;
  /** Only with `rest`: the apps that get the events in turn. @default `appId` alone */
  readonly appIds?: readonly string[];
}

export interface RateJob extends PublishTarget {
  /** The apps that get the events in turn. @default `appId` alone */
  readonly appIds?: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface PublishReport {
  readonly startedUs: number;
  readonly endedUs: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly firstError: string | undefined;
}

/** Publishes the events from `from` to below `to`. Resolves to the number of accepted events. */
type PublishRange = (from: number, to: number) => Promise<{ accepted: number; error?: string }>;

interface EventPublisher extends AsyncDisposable {
  readonly publish: PublishRange;
  /** Number of events per call. */
  readonly perCall: number;
}

/** Number of events per call of publishMany. */
const eventsPerCall = 50;

function toHeaders(target: PublishTarget) {
  return { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' };
}

function openRest(
  target: PublishTarget,
  connections: number,
  appIds: readonly string[] = [target.appId],
): EventPublisher {
  const http = openPlainHttp(target.url, connections);
  const headers = toHeaders(target);
  const apps = appIds.map((appId) => ({
    head: toRequestHead(target.url, `/v1/apps/${appId}/events`, headers),
    make: createPayloadFactory(appId),
  }));
  return {
    perCall: 1,
    publish: async (n) => {
      const app = apps[n % apps.length];
      if (app === undefined) return { accepted: 0, error: 'appIds is empty' };
      const { status, text } = await http.post(
        app.head,
        `{"event":"${eventType}","data":${JSON.stringify(app.make(n))}}`,
      );
      return status === 202 ? { accepted: 1 } : { accepted: 0, error: text };
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function openPublishMany(target: PublishTarget, connections: number): EventPublisher {
  const http = openPlainHttp(target.url, connections);
  const make = createPayloadFactory(target.appId);
  const head = toRequestHead(target.url, '/trpc/events.publishMany', toHeaders(target));
  return {
    perCall: eventsPerCall,
    publish: async (from, to) => {
      const { status, text } = await http.post(
        head,
        JSON.stringify({ events: manyEvents(target.appId, make, { from, to }) }),
      );
      if (status !== 200) return { accepted: 0, error: text };
      const { result } = JSON.parse(text) as { result: { data: { ok: boolean }[] } };
      const accepted = result.data.filter((item) => item.ok).length;
      return accepted === to - from ? { accepted } : { accepted, error: text };
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function manyEvents(appId: string, make: PayloadFactory, { from, to }: { from: number; to: number }) {
  return Array.from({ length: to - from }, (_, index) => ({
    appId,
    event: eventType,
    data: make(from + index),
  }));
}

async function openClient(target: PublishTarget): Promise<EventPublisher> {
  const { createTocsinClient } = await import('../../client/src/index.ts');
  const client = createTocsinClient({ url: target.url, token: target.token });
  const make = createPayloadFactory(target.appId);
  return {
    perCall: 1,
    publish: async (n) => {
      const outcome = await client.safePublish(eventType, { appId: target.appId, data: make(n) });
      return outcome.ok ? { accepted: 1 } : { accepted: 0, error: outcome.error.message };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function openPublisher(job: PublishJob): Promise<EventPublisher> {
  switch (job.transport) {
    case 'rest':
      return openRest(job, job.concurrency, job.appIds);
    case 'many':
      return openPublishMany(job, job.concurrency);
    case 'client':
      return await openClient(job);
  }
}

class PublishTotals {
  readonly #startedUs = nowUs();
  #accepted = 0;
  #rejected = 0;
  #firstError: string | undefined;

  add(published: number, { accepted, error }: Awaited<ReturnType<PublishRange>>): void {
    this.#accepted += accepted;
    this.#rejected += published - accepted;
    this.#firstError ??= error;
  }

  report(): PublishReport {
    return {
      startedUs: this.#startedUs,
      endedUs: nowUs(),
      accepted: this.#accepted,
      rejected: this.#rejected,
      firstError: this.#firstError,
    };
  }
}

const commands = {
  /** Publishes at full speed: `concurrency` callers with one call at a time each. */
  publish: async (job: PublishJob): Promise<PublishReport> => {
    await using publisher = await openPublisher(job);
    let next = job.from ?? 0;
    const end = next + job.events;
    const totals = new PublishTotals();
    const caller = async () => {
      while (next < end) {
        const from = next;
        const to = Math.min(end, from + publisher.perCall);
        next = to;
        totals.add(to - from, await publisher.publish(from, to));
      }
    };
    await Promise.all(Array.from({ length: job.concurrency }, caller));
    return totals.report();
  },

  /**
   * Publishes at a fixed rate over REST, without waiting for responses, so that a slow server does not lower
   * the rate.
   */
  publishAtRate: async (job: RateJob): Promise<PublishReport> => {
    await using publisher = openRest(job, 32, job.appIds);
    const totals = new PublishTotals();
    const start = performance.now();
    const calls: Promise<void>[] = [];
    for (let n = 0; n < job.perSecond * job.seconds; n++) {
      const waitMs = start + (n * 1000) / job.perSecond - performance.now();
      if (waitMs > 0) await wait(waitMs);
      calls.push(publisher.publish(n, n + 1).then((result) => totals.add(1, result)));
    }
    await Promise.all(calls);
    return totals.report();
  },
};

export type PublisherCommands = typeof commands;

serve(commands);
