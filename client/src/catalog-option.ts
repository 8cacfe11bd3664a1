import type { AnyCatalog, Catalog } from '@tocsin/shared';

/**
 * The catalog value that goes with the type `C`, which is a catalog or a map of events. Infers `C` from a
 * value, and takes one for a given map.
 */
export type CatalogFor<C> = C extends AnyCatalog ? C : Catalog<C>;
