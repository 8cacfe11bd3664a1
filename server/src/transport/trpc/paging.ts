import type { PageRequest } from '../../domain/ports/page-request.ts';

/** The page that a list's input asks for. */
export function pageRequest(input: { cursor?: string | null | undefined; limit: number }): PageRequest {
  return { cursor: input.cursor ?? undefined, limit: input.limit };
}
