import { randomBytes } from 'node:crypto';
import type { FetchLike } from '@tocsin/client';
import type { AnyCatalog } from '@tocsin/shared';
import { Cleanup } from '../../../src/app/cleanup.ts';
import { createPlatform, type Platform } from '../../../src/app/platform.ts';
import { createReplayWorker } from '../../../src/services/deliveries/replay-worker.ts';
import { createIds } from '../../../src/services/common/ids.ts';
import { openUrl } from '../../../src/domain/webhook-endpoint.ts';
import { createFetchHandler } from '../../../src/transport/trpc/fetch-handler.ts';
import type { RequestSecrets } from '../receiver/captured-request.ts';
import { settle } from '../time/settle.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { InProcessSender } from './in-process-sender.ts';
import { listenOnLoopback } from './listen.ts';
import { openMemoryStores } from './memory-stores.ts';
import { Outages } from './outage.ts';
import type { ServerSettings } from '../server-settings.ts';
import { kitEngineLimits, toPlatformOptions } from './platform-options.ts';
import {
  anyTarget,
  createQuietLog,
  noChecker,
  noInstruments,
  noValidators,
  onlyProcess,
} from './quiet-parts.ts';
import { createSeededRandom } from './seeded-random.ts';

export interface KitPlatformOptions {
  readonly settings: ServerSettings;
  readonly rootToken: string;
  readonly catalog: AnyCatalog | undefined;
  /** Epoch ms. */
  readonly start: number;
  readonly seed: number;
  readonly appId: string;
}

/** Webhooks that are searched for the URL of a request. */
const maxWebhooks = 1_000;

/** The platform of the server over stores in memory, and what moves it. */
export class KitPlatform {
  readonly time: VirtualTime;
  readonly sender: InProcessSender;
  readonly appId: string;
  readonly key: string;
  readonly fetch: FetchLike;
  readonly outages = new Outages();
  readonly #platform: Platform;
  readonly #handle: (request: Request) => Promise<Response>;
  readonly #activity: { calls: number };
  readonly #work: Set<{ readonly what: string }>;
  readonly #faults: string[];
  readonly #runReplays: () => Promise<void>;
  readonly #cleanup: Cleanup;

  private constructor(
    parts: KitParts,
    platform: Platform,
    app: { readonly id: string; readonly key: string },
  ) {
    this.time = parts.time;
    this.sender = parts.sender;
    this.#activity = parts.activity;
    this.#work = parts.work;
    this.#faults = parts.faults;
    this.#cleanup = parts.cleanup;
    this.#platform = platform;
    this.appId = app.id;
    this.key = app.key;
    const { stores, clock, log } = platform.foundation;
    const { engine } = platform.sending;
    const runReplays = createReplayWorker({
      replays: stores.replays,
      clock,
      log,
      notifyDue: engine.notifyDue,
    });
    const never = new AbortController().signal;
    this.#runReplays = async () => await runReplays(never);
    const closing = new AbortController();
    parts.cleanup.add(() => closing.abort());
    const handle = createFetchHandler({ services: platform.services, log, closing: closing.signal });
    this.#handle = async (request) => {
      const end = this.beginWork(`the call ${new URL(request.url).pathname}`);
      try {
        return this.outages.findResponse() ?? (await handle(request));
      } finally {
        end();
      }
    };
    this.fetch = async (url, init) => await this.#handle(new Request(url, init));
  }

  static async start(options: KitPlatformOptions): Promise<KitPlatform> {
    const parts = createKitParts(options);
    const { time, sender, activity, log, cleanup, random } = parts;
    const stores = openMemoryStores({ clock: time, log, onCall: () => void activity.calls++ });
    const platform = await createPlatform(
      toPlatformOptions(
        options.settings,
        { rootToken: options.rootToken, encryptionKey: randomBytes(32) },
        options.catalog,
      ),
      {
        stores,
        log,
        timers: time,
        ids: createIds((size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256))),
        random: () => 0,
        instruments: noInstruments,
        sender,
        targets: anyTarget,
        mailer: undefined,
        publicHost: undefined,
        engineLimits: kitEngineLimits,
        self: onlyProcess,
        validators: noValidators,
        checker: noChecker,
        tokenVerifier: undefined,
      },
      cleanup,
    );
    await platform.start();
    cleanup.add(async () => {
      // First, because requests that wait for virtual time would keep the engine.
      await sender.close();
      await platform.stop();
    });
    platform.sending.engine.start();
    const root = { kind: 'root' } as const;
    const { services } = platform;
    const { id } = await services.apps.create(root, { id: options.appId, name: 'Test' });
    const { key } = await services.keys.create(root, { name: 'Test', scopes: ['*'] });
    return new KitPlatform(parts, platform, { id, key });
  }

  readonly beginWork = (what: string): (() => void) => {
    const work = { what };
    this.#activity.calls++;
    this.#work.add(work);
    return () => {
      this.#activity.calls++;
      this.#work.delete(work);
    };
  };

  /** Serves the procedures on a port of loopback. Returns its URL. */
  async listen(port: number): Promise<string> {
    const listener = await listenOnLoopback(port, this.#handle);
    this.#cleanup.add(() => listener.close());
    return listener.url;
  }

  /** Lets everything happen that is due now. */
  async settle(): Promise<void> {
    await this.#settle();
    await this.#runReplays();
    await this.#platform.sending.healthTracker.save();
    await this.#platform.sending.activity.save();
    await this.#settle();
    const [fault] = this.#faults.splice(0);
    if (fault !== undefined) throw new Error(`the test kit failed: ${fault}`);
  }

  async #settle(): Promise<void> {
    const { ingester } = this.#platform;
    await settle({
      time: this.time,
      countActivity: () => this.#activity.calls + this.sender.activity + this.time.begun,
      findBusy: () => {
        const [first] = this.#work;
        if (first !== undefined) return first.what;
        const { waiting, inserts } = ingester.load;
        return waiting.events + inserts > 0 ? 'the acceptance of events' : undefined;
      },
    });
  }

  /** Moves to each time at which something is due, and settles there. */
  async advance(ms: number): Promise<void> {
    const { engine } = this.#platform.sending;
    const end = this.time.now() + ms;
    await this.settle();
    for (;;) {
      const due = engine.nextDueAt;
      const next = Math.min(this.time.nextAt, due > this.time.now() ? due : Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.time.moveTo(next);
      engine.pull();
      await this.settle();
    }
    this.time.moveTo(end);
    await this.settle();
  }

  /** Returns what became of an event, one line for each webhook. */
  async explain(eventId: string): Promise<readonly string[]> {
    const { services } = this.#platform;
    try {
      const { verdicts } = await services.explain({ kind: 'root' }, eventId);
      return verdicts.map(({ verdict, url, webhookId, message }) => {
        return `${verdict} at ${url ?? webhookId}: ${message}`;
      });
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }

  readonly findSecrets = async (url: string, at: number): Promise<RequestSecrets> => {
    const { stores } = this.#platform.foundation;
    const { secretBox } = this.#platform.sending;
    const webhooks = await stores.webhooks.listAfterApp(undefined, maxWebhooks);
    const webhook = webhooks.find((candidate) => openUrl(secretBox, candidate) === url);
    if (webhook === undefined) throw new Error(`no webhook has the URL ${url} any more`);
    const { id: webhookId, profile, publicKey, previousSecrets } = webhook;
    const previous = previousSecrets
      .filter(({ until }) => until > at)
      .map(({ sealed }) => secretBox.decrypt(sealed, { webhookId, field: 'previousSecrets' }));
    const current = publicKey ?? secretBox.decrypt(webhook.secret, { webhookId, field: 'secret' });
    return { profile, secrets: [current, ...previous.filter((text) => text.startsWith('whsec_'))] };
  };

  async close(): Promise<void> {
    await this.#cleanup.run();
  }
}

type KitParts = ReturnType<typeof createKitParts>;

function createKitParts({ start, seed }: KitPlatformOptions) {
  const faults: string[] = [];
  return {
    time: new VirtualTime(start),
    sender: new InProcessSender(),
    activity: { calls: 0 },
    work: new Set<{ readonly what: string }>(),
    faults,
    cleanup: new Cleanup(),
    random: createSeededRandom(seed),
    log: createQuietLog((message, fields) => {
      const error: unknown = 'err' in fields ? fields.err : undefined;
      faults.push(`${message}${error instanceof Error ? `: ${error.message}` : ''}`);
    }),
  };
}
