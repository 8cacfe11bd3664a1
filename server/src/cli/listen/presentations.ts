import { findBuiltInSchema } from '@tocsin/shared';
import { LRUCache } from 'lru-cache';
import type { EventPresentation } from '../../domain/event.ts';
import { listFields, toEventPresentation } from '../../services/event-types/schema-fields.ts';
import type { CliClient } from '../connect.ts';
import type { ForwardedEvent } from './forwarded-event.ts';
import type { ListenSettings } from './settings.ts';

const maxTypes = 1_000;

/**
 * Returns a function that finds what chat messages show of an event type. Undefined for JSON, and for built-in
 * types, which have texts of their own.
 */
export function createPresentations(
  client: CliClient,
  { format }: Pick<ListenSettings, 'format'>,
): (event: ForwardedEvent) => Promise<EventPresentation | undefined> {
  const known = new LRUCache<string, EventPresentation>({ max: maxTypes });
  return async ({ type, data }) => {
    if (format === 'json' || findBuiltInSchema(type) !== undefined) return undefined;
    const cached = known.get(type);
    if (cached !== undefined) return cached;
    const found = await client.eventTypes.get.query({ type }).then(
      ({ schema, presentation }) => toEventPresentation(listFields(schema), presentation ?? undefined),
      // The type was deleted, or belongs to another account. The generic message only needs names of fields.
      () => toEventPresentation(Object.keys(data), undefined),
    );
    known.set(type, found);
    return found;
  };
}
