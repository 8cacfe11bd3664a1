import type { AgePosition } from '../../domain/ports/page-request.ts';
import { fieldError } from '../../domain/errors.ts';
import { toIso } from './iso-time.ts';

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(.+)$/;

/** The cursor holds the position instead of an id alone, so that it stays valid when its object is deleted. */
export function toAgeCursor(position: AgePosition | undefined): string | null {
  return position === undefined ? null : `${toIso(position.createdAt)}_${position.id}`;
}

/** @throws INVALID_INPUT if the cursor is not one of a list by age */
export function toAgePosition(cursor: string | null | undefined): AgePosition | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  const [, at = '', id = ''] = form.exec(cursor) ?? [];
  const createdAt = Date.parse(at);
  if (Number.isNaN(createdAt)) {
    throw fieldError('cursor', 'must be the nextCursor of a page of this list; omit it for the first page');
  }
  return { createdAt, id };
}
