import type {
  AnyCatalog,
  AnyEventType,
  EventName,
  EventSelector,
  EventsOf,
  SigningProfile,
} from '@tocsin/shared';
import type { CatalogFor } from '../catalog-option.ts';

/**
 * Options of `verify`. Set `secret`, or `secrets` during a rotation.
 *
 * @example
 * const options: VerifyOptions = { secrets: [newSecret, oldSecret], profile: 'standard', tolerance: 60 };
 */
export type VerifyOptions = VerifySettings &
  (
    | {
        /**
         * The webhook's whole secret, `whsec_...`, at least 24 bytes. For ed25519, its public key, `whpk_...`.
         */
        readonly secret: string;
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
   * Returns the current time, in ms since 1970.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
}

/** The options of `verify` that say which events it knows. */
export interface KnownTypesOptions {
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
