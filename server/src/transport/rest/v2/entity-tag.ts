import { fieldError } from '../../../domain/errors.ts';

/** A revision that no object has. */
const noRevision = Number.MAX_SAFE_INTEGER;

const entityTag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const strongRevision = /^"(0|[1-9]\d{0,15})"$/;

/** The entity tag of a revision. */
export function toEntityTag(revision: number): string {
  return `"${revision}"`;
}

/**
 * Returns the revision that `If-Match` expects (RFC 9110, 13.1.1). Undefined: any, for `*`. A tag that no revision has
 * gives a revision that none has: a weak tag never matches, because the comparison is a strong one.
 *
 * @throws INVALID_INPUT if the header is malformed, or lists several tags that could match
 */
export function readIfMatch(header: string): number | undefined {
  const text = header.trim();
  if (text === '*') return undefined;
  const tags = text.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => entityTag.test(tag))) {
    throw fieldError('If-Match', 'must be * or the ETag of a response, with its quotes, such as "3"');
  }
  const revisions = [...new Set(tags.flatMap((tag) => strongRevision.exec(tag)?.[1] ?? []))];
  if (revisions.length > 1)
    throw fieldError('If-Match', 'must have one entity tag; several are not supported');
  return revisions[0] === undefined ? noRevision : Number(revisions[0]);
}
