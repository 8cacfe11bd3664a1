/**
 * Catalogs of your own events: the types of publishers, webhooks and receivers follow from one definition.
 * Works with zod and every other Standard Schema, and imports none.
 *
 * @module
 */
export { defineCatalog, isCatalog, mergeCatalogs } from '@tocsin/shared';
export type {
  AnyCatalog,
  Catalog,
  CatalogEvent,
  DataOf,
  Downcast,
  EventData,
  EventName,
  EventSelector,
  EventsOf,
  EventTypeInput,
  EventTypeNameFault,
  FieldPresentation,
  FieldStyle,
  MessageKind,
  NameArg,
  Presentation,
  ReservedEventType,
  SchemaInput,
  SchemaOutput,
  Sides,
  StandardJsonSchema,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaTypes,
} from '@tocsin/shared';
