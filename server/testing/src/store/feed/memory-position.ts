import { positionFromCursor } from '../../../../src/domain/feed-position.ts';

/**
 * The position behind a number of stored events: the time of the last of them, epoch ms, and the number. Has the form
 * of a position of MongoDB's, so that services read both.
 */
export function toMemoryPosition(count: number, time: number): string {
  return `${toHex(Math.floor(time / 1000))}${toHex(count)}0001`;
}

/** The number of stored events up to a position. Undefined if a cursor is malformed. */
export function countFromCursor(cursor: string): number | undefined {
  const position = positionFromCursor(cursor);
  return position === undefined ? undefined : Number.parseInt(position.slice(8, 16), 16);
}

function toHex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
