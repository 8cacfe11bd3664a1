import type {
  BuiltInEvents,
  CatalogFor,
  EventData,
  EventName,
  EventsOf,
  NameArg,
  SigningProfile,
} from '@tocsin/client';
import { builtInFields, isCatalog } from '@tocsin/shared';
import { createSigningSecrets } from '../../../src/delivery/request/signing-secrets.ts';
import { authforgeSigner } from '../../../src/delivery/request/signing/authforge.ts';
import { authonSigner } from '../../../src/delivery/request/signing/authon.ts';
import type { SignedRequest, Signer } from '../../../src/delivery/request/signing/signer.ts';
import { standardSigner } from '../../../src/delivery/request/signing/standard.ts';
import { createIds } from '../../../src/services/common/ids.ts';
import { generateSecret } from '../../../src/services/webhooks/generate-secret.ts';
import { toMs, type Duration } from '../time/duration.ts';

/** What to break in a signed request. */
export type Tampering = 'body' | 'signature' | 'id' | 'timestamp';

/** Options of `signedRequest` and `signedMessage`. */
export interface SigningOptions {
  /** The webhook's secret: `whsec_...`, or the private key `whsk_...` of `createSecret('ed25519')`. */
  readonly secret: string;
  /**
   * Older secrets that still sign during a rotation, newest first. In `authon` and `authforge`, which have room for
   * one signature, the oldest secret signs.
   * @default none
   */
  readonly previousSecrets?: readonly string[] | undefined;
  /** @default 'standard' */
  readonly profile?: SigningProfile | undefined;
  /** @default a new event id */
  readonly id?: string | undefined;
  /** The app of built-in events, whose `data` has an `appId`. @default 'app_test' */
  readonly appId?: string | undefined;
  /** When the request is signed. @default now */
  readonly at?: Date | number | undefined;
  /** When the event happened. @default `at` */
  readonly timestamp?: Date | string | undefined;
  /**
   * Signs the request this long before `at`, so that it is stale. `true` is ten minutes; receivers accept five.
   * @default false
   */
  readonly stale?: boolean | Duration | undefined;
  /**
   * Changes a part of the request after it was signed. `true` is the body.
   * @default false
   */
  readonly tampered?: boolean | Tampering | undefined;
  /** Signs with another secret of the same kind. @default false */
  readonly wrongSecret?: boolean | undefined;
  /** @default 'https://receiver.test/webhook' */
  readonly url?: string | undefined;
}

/** A signed request in parts, for frameworks without the web `Request`. */
export interface SignedMessage {
  readonly method: 'POST';
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The exact text that was signed. */
  readonly body: string;
}

const signers: Readonly<Record<SigningProfile, Signer>> = {
  authon: authonSigner,
  authforge: authforgeSigner,
  standard: standardSigner,
};

const staleMs = 10 * 60 * 1000;

/** Names and data of the built-in events, if no catalog is given. */
interface WithoutCatalog {
  readonly catalog?: undefined;
}

/** The catalog of an event. Its schema also checks the data when the test runs. */
interface WithCatalog<C> {
  readonly catalog: CatalogFor<C>;
}

/**
 * Returns a request as Tocsin sends it, to test a receiver alone. Needs no server and no clock.
 *
 * @param type the event's type
 * @param data the event's payload
 * @param options the secret of the receiver; `catalog` for events other than the built-in ones
 * @throws TypeError if an option is invalid, or if the data does not match the catalog
 * @example
 * const response = await app.fetch(signedRequest('user.ban', data, { secret, profile: 'authon' }));
 */
export function signedRequest<C, K extends EventName<EventsOf<C>> | (string & {})>(
  type: NameArg<K, EventName<EventsOf<C>>>,
  data: EventData<K, EventsOf<C>>,
  options: SigningOptions & WithCatalog<C>,
): Request;
export function signedRequest<K extends EventName<BuiltInEvents> | (string & {})>(
  type: NameArg<K, EventName<BuiltInEvents>>,
  data: EventData<K, BuiltInEvents>,
  options: SigningOptions & WithoutCatalog,
): Request;
export function signedRequest(type: string, data: unknown, options: AnyOptions): Request {
  return toRequest(toMessage(type, data, options));
}

/** Like `signedRequest`, but returns the parts of the request. */
export function signedMessage<C, K extends EventName<EventsOf<C>> | (string & {})>(
  type: NameArg<K, EventName<EventsOf<C>>>,
  data: EventData<K, EventsOf<C>>,
  options: SigningOptions & WithCatalog<C>,
): SignedMessage;
export function signedMessage<K extends EventName<BuiltInEvents> | (string & {})>(
  type: NameArg<K, EventName<BuiltInEvents>>,
  data: EventData<K, BuiltInEvents>,
  options: SigningOptions & WithoutCatalog,
): SignedMessage;
export function signedMessage(type: string, data: unknown, options: AnyOptions): SignedMessage {
  return toMessage(type, data, options);
}

interface AnyOptions extends SigningOptions {
  readonly catalog?: unknown;
}

/** Creates a secret for a test. `publicKey` is what a receiver verifies ed25519 with. */
export function createSecret(kind: 'hmac' | 'ed25519' = 'hmac'): {
  readonly secret: string;
  readonly publicKey: string | null;
} {
  return generateSecret(kind);
}

export function toRequest({ url, method, headers, body }: SignedMessage): Request {
  return new Request(url, { method, headers, body });
}

export function toMessage(type: string, data: unknown, options: AnyOptions): SignedMessage {
  checkEvent(type, data, options.catalog);
  const { profile = 'standard', appId = 'app_test', url = 'https://receiver.test/webhook' } = options;
  const signer = Object.hasOwn(signers, profile) ? signers[profile] : undefined;
  if (signer === undefined) {
    throw new TypeError(`profile must be ${Object.keys(signers).join(', ')}, not ${JSON.stringify(profile)}`);
  }
  const at = new Date(options.at ?? Date.now()).getTime() - toStaleMs(options.stale);
  const event = {
    id: options.id ?? createIds().event(at),
    appId,
    accountId: 'acc_test',
    type,
    timestamp: new Date(options.timestamp ?? at).toISOString(),
    dataText: JSON.stringify(toWireData(type, data, appId)),
    idempotencyKey: undefined,
    acceptedAt: at,
    targets: [],
    traceparent: undefined,
    presentation: undefined,
    renderings: undefined,
  };
  const signed = signer({ event, attemptAt: at, ...toSecrets(options) });
  const { headers, body } = tamper(signed, options.tampered);
  return { method: 'POST', url, headers, body };
}

function checkEvent(type: string, data: unknown, catalog: unknown): void {
  if (catalog === undefined) return;
  if (!isCatalog(catalog)) throw new TypeError('catalog must be a result of defineCatalog');
  const fault = catalog['~findFault']?.(type, data);
  if (fault !== undefined) throw new TypeError(fault.message);
}

function toStaleMs(stale: boolean | Duration | undefined): number {
  if (stale === undefined || stale === false) return 0;
  return stale === true ? staleMs : toMs('stale', stale);
}

/** Built-in events carry the app in their data, and their fields have an order. Tocsin ensures both. */
function toWireData(type: string, data: unknown, appId: string): unknown {
  const fields = Object.hasOwn(builtInFields, type) ? builtInFields[type] : undefined;
  if (fields === undefined || typeof data !== 'object' || data === null) return data;
  const given: Record<string, unknown> = { appId, ...data };
  const known = Object.keys(fields).filter((name) => Object.hasOwn(given, name));
  return { ...Object.fromEntries(known.map((name) => [name, given[name]])), ...given };
}

function toSecrets({ secret, previousSecrets = [], wrongSecret = false }: SigningOptions) {
  for (const text of [secret, ...previousSecrets]) {
    if (/^wh(sec|sk)_./.test(text)) continue;
    const found = text.startsWith('whpk_') ? 'a public key, which cannot sign' : 'something else';
    throw new TypeError(`secret must begin with whsec_ or whsk_; it is ${found}`);
  }
  const sign = wrongSecret ? createSecret(secret.startsWith('whsk_') ? 'ed25519' : 'hmac').secret : secret;
  const previous = wrongSecret ? [] : previousSecrets;
  const webhook = {
    id: 'wh_test',
    secret: sign,
    previousSecrets: previous.map((sealed) => ({ sealed, until: Number.POSITIVE_INFINITY })),
  };
  // Nothing is sealed in a test.
  return createSigningSecrets(webhook, { decrypt: (text) => text })(0);
}

function tamper({ headers, body }: SignedRequest, tampered: boolean | Tampering | undefined): SignedRequest {
  switch (tampered) {
    case undefined:
    case false:
      return { headers, body };
    case true:
    case 'body':
      return { headers, body: body.replace(/}$/, ',"tampered":true}') };
    case 'id':
      return { headers: { ...headers, 'webhook-id': `${headers['webhook-id']}x` }, body };
    case 'timestamp':
      return { headers: changeHeaders(headers, ['webhook-timestamp', 'x-authforge-timestamp'], later), body };
    case 'signature':
      return {
        headers: changeHeaders(
          headers,
          ['webhook-signature', 'x-authforge-signature', 'x-webhook-secret'],
          flip,
        ),
        body,
      };
  }
}

function changeHeaders(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, names.includes(name) ? change(value) : value]),
  );
}

/** One second later. */
function later(value: string): string {
  if (/^\d+$/.test(value)) return String(Number(value) + 1);
  return new Date(Date.parse(value) + 1_000).toISOString();
}

/** Changes one character in the middle. */
function flip(value: string): string {
  const middle = value.length >> 1;
  return `${value.slice(0, middle)}${value[middle] === 'a' ? 'b' : 'a'}${value.slice(middle + 1)}`;
}
