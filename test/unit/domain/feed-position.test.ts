import { describe, expect, it } from 'vitest';
import {
  clusterTimeFromPosition,
  eventIdFromPosition,
  isBeforeLog,
  originPosition,
  positionAfterTime,
  positionFromCursor,
  positionFromToken,
  timeFromPosition,
  toPlacedPosition,
} from '../../../server/src/domain/feed-position.ts';

const time = '6B090D6A00000008';
const uuid = '5A1004AABBCCDDEEFF00112233445566778899';
const key = '463C5F6964003C6576745F3031000004';
const toToken = (operation: string) =>
  `82${time}2B042C0100${operation}296E`.replace('296E', `6E${uuid}${key}`);
const id = `evt_01jz8q4m7v0c3h5k6n8r9s2t00`;

describe('the position of an event', () => {
  it.each([
    ['29', '0001'],
    ['2B02', '0002'],
    ['2BFE', '0080'],
    ['2C0100', '0081'],
    ['2C7FFE', '4000'],
  ])('has the cluster time and the number of the operation %s', (operation, number) => {
    expect(positionFromToken(toToken(operation))).toBe(`${time}${number}`);
  });

  it('ends with the key of the document on a sharded cluster', () => {
    expect(positionFromToken(toToken('29'), true)).toBe(`${time}0001${key.slice(0, -2)}`);
  });

  it('of a token without an event is before all events of its time', () => {
    expect(positionFromToken(`82${time}2B0429296E1404`)).toBe(`${time}0000`);
    expect(positionFromToken(`82${time}2B0229296E04`)).toBe(`${time}0000`);
  });

  it('is a cursor, like a resume token, and nothing else is one', () => {
    for (const cursor of [`${time}0001`, toPlacedPosition(id), originPosition, `${time}0001AB`]) {
      expect(positionFromCursor(cursor)).toBe(cursor);
    }
    expect(positionFromCursor(toToken('29'))).toBe(`${time}0001`);
    for (const wrong of ['', 'x', time, `${time}001`, `${time}0001a`, `${time}0001A`, `${time}g${id}`]) {
      expect(positionFromCursor(wrong)).toBeUndefined();
    }
  });

  it('of a placed event is behind all events of its time, in the order of the ids', () => {
    const after = positionAfterTime(clusterTimeFromPosition(`${time}0001`));
    const other = 'evt_01jz8q4m7v0c3h5k6n8r9s2t01';
    const next = `${time.slice(0, -1)}90000`;
    const order = [
      `${time}0000`,
      `${time}0001`,
      after,
      toPlacedPosition(id, after),
      toPlacedPosition(other, after),
      next,
    ];
    expect([...order].toSorted()).toEqual(order);
    expect(eventIdFromPosition(toPlacedPosition(id, after))).toBe(id);
    expect(eventIdFromPosition(after)).toBeUndefined();
  });

  it('before the log has no time', () => {
    expect(isBeforeLog(toPlacedPosition(id))).toBe(true);
    expect(isBeforeLog(`${time}0000`)).toBe(false);
    expect(timeFromPosition(originPosition)).toBe(0);
    expect(timeFromPosition(`${time}0001`)).toBe(0x6b090d6a * 1000);
  });
});
