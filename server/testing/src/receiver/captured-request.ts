import type { SigningProfile } from '@tocsin/client';
import { verify, type VerifyOptions } from '@tocsin/client/receiver';
import type { AnyCatalog } from '@tocsin/shared';
import type { DeliveredEvent, ReceivedRequest, SeenAnswer } from './test-receiver.ts';

/** The secrets of the webhook that sent a request. */
export interface RequestSecrets {
  readonly profile: SigningProfile;
  /** Newest first. Public keys for ed25519. */
  readonly secrets: readonly string[];
}

export interface CapturedRequestDeps {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: number;
  readonly catalog: AnyCatalog | undefined;
  readonly isDuplicate: boolean;
  /** Finds the secrets of the webhook with this URL, as they were when the request was sent. */
  readonly findSecrets: () => Promise<RequestSecrets>;
}

/** A request of the in-process sender. */
export class CapturedRequest<E> implements ReceivedRequest<E> {
  readonly url: string;
  readonly method = 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: Date;
  readonly isDuplicate: boolean;
  answer: SeenAnswer = 'pending';
  readonly #deps: CapturedRequestDeps;
  #event: DeliveredEvent<E> | undefined;

  constructor(deps: CapturedRequestDeps) {
    this.#deps = deps;
    this.url = deps.url;
    this.headers = deps.headers;
    this.body = deps.body;
    this.at = new Date(deps.at);
    this.isDuplicate = deps.isDuplicate;
  }

  get event(): DeliveredEvent<E> {
    this.#event ??= toEvent<E>(this.body, this.headers);
    return this.#event;
  }

  async verify(options: Partial<VerifyOptions> = {}): Promise<DeliveredEvent<E>> {
    const { profile, secrets } = await this.#deps.findSecrets();
    const known = this.#deps.catalog === undefined ? {} : { catalog: this.#deps.catalog };
    const settings = { profile, now: () => this.#deps.at, ...known, ...options };
    const own = options.secret === undefined && options.secrets === undefined;
    // `as`: the options have one of both, and the events of the catalog are those of `E`.
    const all = (own ? { ...settings, secrets } : settings) as VerifyOptions;
    return (await verify(this.toRequest(), all)) as unknown as DeliveredEvent<E>;
  }

  toRequest(): Request {
    return new Request(this.url, { method: 'POST', headers: this.headers, body: this.body });
  }
}

function toEvent<E>(body: string, headers: Readonly<Record<string, string>>): DeliveredEvent<E> {
  // `as`: the kit signed the body, which has these fields in every profile.
  const parsed = JSON.parse(body) as { type?: string; event?: string; timestamp: string; data: unknown };
  const { timestamp, data } = parsed;
  return {
    type: parsed.type ?? parsed.event,
    id: headers['webhook-id'] ?? '',
    timestamp,
    data,
  } as unknown as DeliveredEvent<E>;
}
