import * as z from 'zod';
import { pageCursor, pageLimit } from '@tocsin/shared';
import type { PageRequest } from '../../domain/ports/page-request.ts';

/** `cursor` and `limit` of a list. A cursor of null is taken for none, since tRPC's infinite queries send it. */
export const pageFields = { cursor: pageCursor.nullish(), limit: pageLimit };

export const pageInput = z.strictObject(pageFields).prefault({});

export function pageRequest(input: { cursor?: string | null | undefined; limit: number }): PageRequest {
  return { cursor: input.cursor ?? undefined, limit: input.limit };
}
