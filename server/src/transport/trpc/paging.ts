import type { PageRequest } from '../../domain/ports/page-request.ts';

/** Converts the paging fields of an input. A null cursor means the first page. */
export function toPageRequest(input: { cursor?: string | null | undefined; limit: number }): PageRequest {
  return { cursor: input.cursor ?? undefined, limit: input.limit };
}
