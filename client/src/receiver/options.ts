import type {
  AnyCatalog,
  AnyEventType,
  EventName,
  EventSelector,
  EventsOf,
  SigningProfile,
} from '@tocsin/shared';
import type { CatalogFor } from '../catalog-option.ts';
import type { WebhookRequest } from './request.ts';

/** What a `SecretFunction` returns: one secret, all valid ones, or null if the request has no webhook. */
export type SecretResult = string | readonly string[] | null;

/**
 * Returns the secret of a request, or all valid ones, for example of a tenant, from a vault, or from the `env` of
 * a worker. It is called for each request, before the signature is verified, so nothing in its arguments is
 * proven. Null means that the request belongs to no webhook: the adapters return 401. If the function fails or
 * returns an invalid secret, they return 500.
 */
export type SecretFunction<TArgs extends readonly unknown[] = [request: WebhookRequest]> = {
  // A method, so that a parameter can have the framework's own type, which has more fields than ours.
  get(...args: TArgs): SecretResult | Promise<SecretResult>;
}['get'];

/**
 * Options of `verify`. Set `secret`, or `secrets` during a rotation. `TArgs` is what a function gets as `secret`.
 *
 * @example
 * const options: VerifyOptions = { secrets: [newSecret, oldSecret], profile: 'standard', tolerance: 60 };
 */
export type VerifyOptions<TArgs extends readonly unknown[] = [request: WebhookRequest]> = VerifySettings &
  (
    | {
        /**
         * The webhook's whole secret, `whsec_...`, at least 24 bytes. For ed25519, its public key, `whpk_...`.
         * A function is called for each request.
         */
        readonly secret: string | SecretFunction<TArgs>;
        readonly secrets?: undefined;
      }
    | {
        readonly secret?: undefined;
        /** All valid secrets. The request is verified if one of them matches. */
        readonly secrets: readonly string[];
      }
  );

/** The options of `verify` without the secret. */
export interface VerifySettings {
  /**
   * The signing profile of the webhook. Never detected from the request, because an attacker could choose the
   * weakest.
   * @default 'standard'
   */
  readonly profile?: SigningProfile | undefined;
  /**
   * Maximum difference between the time of the request and the current time, in seconds, in both directions.
   * In `standard` the time is the signed time of the attempt. In `authon` and `authforge` it is the time of
   * the event, which retries repeat for up to four days, so it is checked only if a tolerance is set.
   * @default 300 in `standard`, no limit in the others
   */
  readonly tolerance?: number | undefined;
  /**
   * How to return a verified event of a known type whose `data` does not match its schema, for example because
   * a newer server has a new value of an enum. `unknown` returns it with the type `unknown` and its raw `data`,
   * like `events.subscribe`. `reject` throws `PAYLOAD_INVALID`: the adapters return 400, and the sender retries
   * until it disables the webhook.
   * @default 'unknown'
   */
  readonly onUnknownShape?: UnknownShape | undefined;
  /**
   * Returns the current time, in ms since 1970.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
}

/** How `data` that does not match the schema of its type is handled. */
export type UnknownShape = 'unknown' | 'reject';

/** The options of `verify` that say which events it knows. */
export interface KnownTypesOptions {
  readonly onUnknownShape?: UnknownShape | undefined;
  readonly catalog?: AnyCatalog | undefined;
  readonly types?: readonly string[] | undefined;
}

/** The option `catalog` of `verify`. `C` is the type of the catalog, or its map of events. */
export interface CatalogOption<C> {
  /** Validates and types the events of this catalog. Events of all other types have the type `unknown`. */
  readonly catalog: CatalogFor<C>;
}

/**
 * The options of `verify` without a catalog. The built-in events need none. Others need their names, because a
 * type argument is gone when the code runs.
 */
export type TypesOption<C> = [EventName<EventsOf<C>>] extends [AnyEventType]
  ? BuiltInTypes
  : ListedTypes<EventsOf<C>>;

/** The events of `verify` without a catalog and without types: the built-in ones. */
export interface BuiltInTypes {
  readonly catalog?: undefined;
  readonly types?: undefined;
}

/** The events of `verify` that are known by their names. `E` is the map of events. */
export interface ListedTypes<E> {
  readonly catalog?: undefined;
  /**
   * The types to return as events of `E`, as names or patterns. Their `data` is not validated. Events of all
   * other types, except the built-in ones, have the type `unknown`.
   */
  readonly types: readonly EventSelector<E>[];
}
