import { randomBytes } from 'node:crypto';
import {
  createTocsinClient,
  type CreatedWebhook,
  type EventsOf,
  type NewWebhook,
  type Published,
  type TocsinClient,
} from '@tocsin/client';
import { isCatalog, type AnyCatalog } from '@tocsin/shared';
import { KitPlatform } from './platform/kit-platform.ts';
import { describeRequests } from './receiver/describe-requests.ts';
import { FakeReceiver } from './receiver/fake-receiver.ts';
import type { TestReceiver } from './receiver/test-receiver.ts';
import type { Outage, OutageKind } from './platform/outage.ts';
import { toMs, type Duration } from './time/duration.ts';
import { waitFor, type WaitOptions } from './time/wait-for.ts';
import type {
  TestReceiverOptions,
  TestTocsinOptions,
  TestWebhookInput,
  TypedTestTocsin,
} from './test-tocsin.ts';

/** Events whose fate failure messages explain: the newest ones. */
const maxExplained = 50;

/** An event to publish, whose type and data the compiler has checked. */
interface AnyEvent {
  readonly appId?: string | undefined;
}

interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  /** One line for each webhook. */
  lines: readonly string[];
}

/** Implements `TestTocsin`: the face of a platform that runs in memory. */
export class KitServer<E> implements TypedTestTocsin<E> {
  readonly appId: string;
  readonly client: TocsinClient<E>;
  readonly connection: TypedTestTocsin<E>['connection'];
  readonly #platform: KitPlatform;
  readonly #catalog: AnyCatalog | undefined;
  readonly #receivers: TestReceiver<E>[] = [];
  readonly #published: PublishedEvent[] = [];
  #moving: Promise<void> = Promise.resolve();

  private constructor(options: TestTocsinOptions<E>, platform: KitPlatform, token: string) {
    this.#platform = platform;
    this.#catalog = toCatalog(options.catalog);
    this.appId = platform.appId;
    this.connection = { url: 'http://tocsin.test', token, fetch: platform.fetch };
    this.client = createTocsinClient<E>({
      ...this.connection,
      catalog: options.catalog,
      retry: { retries: 0 },
      coalesce: { lingerMs: 0 },
    });
  }

  static async start<E>(options: TestTocsinOptions<E>): Promise<KitServer<E>> {
    const token = `root_${randomBytes(16).toString('hex')}`;
    const platform = await KitPlatform.start({
      settings: options,
      rootToken: token,
      catalog: toCatalog(options.catalog),
      start: toTime(options.now),
      seed: options.seed ?? 1,
      appId: options.appId ?? 'app_test',
    });
    return new KitServer(options, platform, platform.key);
  }

  readonly now = (): number => this.#platform.time.now();

  receiver(options: TestReceiverOptions = {}): TestReceiver<E> {
    const name = options.name ?? `receiver-${this.#receivers.length + 1}`;
    const url = new URL(options.url ?? `https://${toHost(name)}.test/webhook`);
    const { time, sender } = this.#platform;
    const receiver = new FakeReceiver<E>(
      {
        name,
        url: url.href,
        time,
        catalog: this.#catalog,
        findSecrets: this.#platform.findSecrets,
        beginWork: this.#platform.beginWork,
        explainMissing: (type) => this.#explainMissing(type),
      },
      options.handler,
    );
    sender.add(url.origin, receiver);
    this.#receivers.push(receiver);
    return receiver;
  }

  async webhook({ to, appId, ...input }: TestWebhookInput<E>): Promise<CreatedWebhook> {
    const url = typeof to === 'string' ? to : to.url;
    const webhook = { ...input, url, appId: appId ?? this.appId };
    // `as`: a map of events is its own map, which the compiler does not see.
    const created = await this.client.webhooks.create.mutate(webhook as unknown as NewWebhook<EventsOf<E>>);
    await this.settle();
    return created;
  }

  // `as`: the signature of the interface checks type and data.
  readonly publish = ((type: string, event: AnyEvent) =>
    this.#publish(type, event)) as TypedTestTocsin<E>['publish'];

  async #publish(type: string, event: AnyEvent): Promise<Published> {
    // `as`: see above.
    const publish = this.client.publish as unknown as (name: string, given: object) => Promise<Published>;
    const published = await publish(type, { ...event, appId: event.appId ?? this.appId });
    this.#published.push({ id: published.id, type, lines: [] });
    if (this.#published.length > maxExplained) this.#published.shift();
    await this.settle();
    return published;
  }

  async advance(duration: Duration): Promise<void> {
    const ms = toMs('duration', duration);
    await this.#move(async () => await this.#platform.advance(ms));
  }

  async settle(): Promise<void> {
    await this.#move(async () => await this.#platform.settle());
  }

  async waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions = {}): Promise<Exclude<T, false>> {
    return await waitFor(async () => await this.settle(), condition, options);
  }

  startOutage(kind: OutageKind = 'unreachable'): Outage {
    return this.#platform.outages.start(kind);
  }

  /** One after another, so that time moves only when nothing is left to do. */
  async #move(step: () => Promise<void>): Promise<void> {
    const moved = this.#moving.then(async () => {
      await step();
      await this.#explain();
    });
    this.#moving = moved.catch(() => undefined);
    await moved;
  }

  async listen(port = 0): Promise<{ readonly url: string; readonly token: string }> {
    return { url: await this.#platform.listen(port), token: this.connection.token };
  }

  log(): string {
    const all = this.#receivers.flatMap(({ requests }) => requests);
    return describeRequests(all.sort((a, b) => a.at.getTime() - b.at.getTime()));
  }

  async close(): Promise<void> {
    await this.client.close({ timeoutMs: 0 });
    await this.#platform.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #explain(): Promise<void> {
    for (const event of this.#published) event.lines = await this.#platform.explain(event.id);
  }

  #explainMissing(type: string | undefined): readonly string[] {
    const found = this.#published.filter((event) => type === undefined || event.type === type);
    if (found.length === 0) return [`no ${type ?? 'event'} was published with this kit`];
    return found.flatMap(({ id, lines }) =>
      lines.length === 0 ? [`${id}: the app has no webhook`] : lines.map((line) => `${id}: ${line}`),
    );
  }
}

function toCatalog(catalog: unknown): AnyCatalog | undefined {
  if (catalog === undefined) return undefined;
  if (!isCatalog(catalog)) throw new TypeError('catalog must be a result of defineCatalog');
  return catalog;
}

function toTime(now: Date | number | string | undefined): number {
  const time = new Date(now ?? Date.now()).getTime();
  if (Number.isNaN(time)) throw new TypeError(`now must be a time, not ${JSON.stringify(now)}`);
  return time;
}

/** A host name from a name of any text. */
function toHost(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'receiver'
  );
}
