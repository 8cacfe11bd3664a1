import type { SigningProfile } from '@tocsin/shared';

/** A request that reached the demo receiver. */
export interface DemoRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as received, because signatures cover its exact bytes. */
  readonly body: string;
}

/** The webhook whose secret a request proves to know. */
export interface DemoSender {
  readonly webhookId: string;
  readonly profile: SigningProfile;
}

/** A received delivery, as the page and the API of the demo show it. */
export interface DemoDelivery {
  readonly receivedAt: string;
  /** Whether the secret of a webhook that points to the receiver proves the request. */
  readonly verified: boolean;
  /** Null unless verified. */
  readonly webhookId: string | null;
  /** The scheme that the webhook signs with. Null unless verified. */
  readonly profile: SigningProfile | null;
  /** Headers of the contracts, without the ones that contain a secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body, or its text if it is not JSON or too long to show. */
  readonly body: unknown;
}

export interface DemoReceiverDeps {
  /** Returns the sender that a request proves, if any. */
  readonly verify: (request: DemoRequest) => Promise<DemoSender | undefined>;
  readonly now: () => number;
}

/** Deliveries that are kept. The oldest one makes room. */
const maxDeliveries = 50;
/** Characters of all bodies that are kept. */
const maxTotalLength = 1024 * 1024;
/** A longer body is cut, after its signature was checked. */
const maxBodyLength = 64 * 1024;
/** Callers that may wait for the first delivery at the same time. */
const maxWaiting = 16;

/** `x-webhook-secret` is missing on purpose: it is the secret itself. */
const shownHeaders = [
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-webhook-event',
  'x-authforge-event',
  'x-authforge-timestamp',
  'x-authforge-signature',
  'content-type',
  'user-agent',
];

/**
 * A receiver for a first try: verifies deliveries to the server itself and keeps the last ones in memory. It never
 * publishes, so a delivery to it cannot loop. All accounts share its memory: it runs on a machine for development,
 * where a fair share has no meaning.
 */
export class DemoReceiver {
  readonly #deps: DemoReceiverDeps;
  readonly #kept: { readonly delivery: DemoDelivery; readonly length: number }[] = [];
  readonly #waiting = new Set<() => void>();
  #totalLength = 0;

  constructor(deps: DemoReceiverDeps) {
    this.#deps = deps;
  }

  async receive(request: DemoRequest): Promise<void> {
    const sender = await this.#deps.verify(request);
    const text = request.body.slice(0, maxBodyLength);
    this.#keep(
      {
        receivedAt: new Date(this.#deps.now()).toISOString(),
        verified: sender !== undefined,
        webhookId: sender?.webhookId ?? null,
        profile: sender?.profile ?? null,
        headers: toShownHeaders(request.headers),
        body: toBody(text),
      },
      text.length,
    );
    for (const wake of this.#waiting) wake();
  }

  /** Returns the kept deliveries, the newest first. */
  list(): readonly DemoDelivery[] {
    return this.#kept.map(({ delivery }) => delivery).toReversed();
  }

  /** Resolves once there is a delivery, or after `timeoutMs`. Resolves at once if many callers wait already. */
  async waitForFirst(timeoutMs: number): Promise<void> {
    if (this.#kept.length > 0 || this.#waiting.size >= maxWaiting) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs).unref();
      this.#waiting.add(wake);
    });
  }

  #keep(delivery: DemoDelivery, length: number): void {
    this.#kept.push({ delivery, length });
    this.#totalLength += length;
    while (this.#kept.length > maxDeliveries || this.#totalLength > maxTotalLength) {
      this.#totalLength -= this.#kept.shift()?.length ?? 0;
    }
  }
}

/** Headers that the contracts define. Custom ones can be credentials. */
function toShownHeaders(headers: DemoRequest['headers']): Record<string, string> {
  const shown = shownHeaders.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value.slice(0, 1_000)] as const];
  });
  return Object.fromEntries(shown);
}

function toBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
