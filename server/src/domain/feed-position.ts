/**
 * Positions of events in the feed. They are text that compares in the order of commits, and every process computes
 * the same one for an event.
 *
 * - Of an event whose commit the oplog has: the cluster time (seconds and increment, 8 hex digits each) and the
 *   number of the event within it (4 hex digits, from 1). On a sharded cluster, the key of the document follows.
 *   Number 0 is before all events of a cluster time.
 * - Of an event whose commit the oplog no longer has: the cluster time after which it is placed, `g`, and the id
 *   without its prefix. `g` compares higher than every hex digit, so these events are in the order of their ids.
 */
const commitForm = /^[0-9A-F]{20}(?:[0-9A-F]{2})*$/;
const placedForm = /^[0-9A-F]{16}g[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * A resume token of a change stream, the cursor of `events.subscribe` in older releases: the hexadecimal form of a
 * KeyString with the cluster time, a version, the kind of token, and the number of the operation in its entry of
 * the oplog.
 */
const tokenForm =
  /^82([0-9A-F]{16})2B[0-9A-F]{2}(29|2C0100)(29|2B[0-9A-F]{2}|2C[0-9A-F]{4}|2D[0-9A-F]{6})6[EF](?:5A1004[0-9A-F]{32})?((?:[0-9A-F]{2})*)04$/;

/** The kind of a token that marks a time and no event. */
const timeToken = '29';

const maxNumber = 0xffff;

/** Digits of the cluster time. */
const timeDigits = 16;

/** The cluster time that the events before the start of the log are placed after. */
const originTime = '0'.repeat(timeDigits);

/** Before all events. */
export const originPosition = `${originTime}0000`;

/**
 * The position of an event by its resume token. Undefined if the token is malformed.
 *
 * @param isSharded whether shards can have events with the same cluster time and number, so that the position
 *   needs the key of the document, in the order in which the router merges the shards
 */
export function positionFromToken(token: string, isSharded = false): string | undefined {
  const [, time, kind, operation = '', key = ''] = tokenForm.exec(token) ?? [];
  if (time === undefined) return undefined;
  const number = kind === timeToken ? 0 : numberFromKeyString(operation) + 1;
  return `${time}${toDigits(number)}${isSharded ? key : ''}`;
}

/** The position that a caller's cursor names. Undefined if it is malformed. */
export function positionFromCursor(cursor: string): string | undefined {
  const legacy = positionFromToken(cursor);
  if (legacy !== undefined) return legacy;
  return commitForm.test(cursor) || placedForm.test(cursor) ? cursor : undefined;
}

/** The position of an event that is placed behind all events of `after`, in the order of the ids. */
export function toPlacedPosition(eventId: string, after = originPosition): string {
  return `${after.slice(0, timeDigits)}g${eventId.slice(idPrefix.length)}`;
}

const idPrefix = 'evt_';

/** The id in the position of a placed event. Undefined for other positions. */
export function eventIdFromPosition(position: string): string | undefined {
  return placedForm.test(position) ? `${idPrefix}${position.slice(timeDigits + 1)}` : undefined;
}

/** Whether a position is before the start of every log, where events are in the order of their ids. */
export function isBeforeLog(position: string): boolean {
  return position.startsWith(originTime);
}

/** The position behind all events of a cluster time. */
export function positionAfterTime({ seconds, increment }: ClusterTime): string {
  return `${toDigits(seconds, 8)}${toDigits(increment, 8)}${toDigits(maxNumber)}`;
}

/** A time of the database's logical clock. */
export interface ClusterTime {
  readonly seconds: number;
  readonly increment: number;
}

/** The cluster time of a position. Events with the same time can be before or behind it. */
export function clusterTimeFromPosition(position: string): ClusterTime {
  return {
    seconds: Number.parseInt(position.slice(0, 8), 16),
    increment: Number.parseInt(position.slice(8, timeDigits), 16),
  };
}

/** The time of the commit at a position, epoch ms, in whole seconds. 0 before the start of the log. */
export function timeFromPosition(position: string): number {
  return clusterTimeFromPosition(position).seconds * 1000;
}

function toDigits(value: number, digits = 4): string {
  return Math.min(value, 16 ** digits - 1)
    .toString(16)
    .toUpperCase()
    .padStart(digits, '0');
}

/** A small whole number in a KeyString: 29 is zero; otherwise, the bytes after the first are twice the number. */
function numberFromKeyString(text: string): number {
  return text === '29' ? 0 : Number.parseInt(text.slice(2), 16) >> 1;
}
