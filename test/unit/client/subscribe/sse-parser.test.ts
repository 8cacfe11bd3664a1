import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser } from '../../../../client/src/subscribe/sse-parser.ts';

const parse = (...pieces: string[]) => {
  const parser = new SseParser(10_000);
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('the parser of event streams', () => {
  it('parses what tRPC sends', () => {
    const stream =
      'event: connected\ndata: {"reconnectAfterInactivityMs":30000}\n\n\ndata: {"a":1}\nid: 7\n\n\nevent: ping\ndata: \n\n\n';
    expect(parse(stream)).toEqual([
      { event: 'connected', data: '{"reconnectAfterInactivityMs":30000}', id: undefined },
      { event: 'message', data: '{"a":1}', id: '7' },
      { event: 'ping', data: '', id: undefined },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('accepts %j as line ending', (end) => {
    expect(parse(`data: a${end}data:b${end}id: 1${end}: comment${end}${end}data: c${end}${end}.`)).toEqual([
      { event: 'message', data: 'a\nb', id: '1' },
      { event: 'message', data: 'c', id: undefined },
    ]);
  });

  it('returns the same messages however the stream is split', () => {
    const stream = 'id: 1\r\ndata: {"t":"é"}\r\n\r\nevent: ping\ndata:\n\n\ndata: x\n\n';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = places.slice(1).map((end, index) => stream.slice(places[index], end));
        expect(parse(...pieces)).toEqual(parse(stream));
      }),
    );
  });

  it('rejects a message above the size limit, complete or not', () => {
    expect(() => parse(`data: ${'x'.repeat(20_000)}`)).toThrow(RangeError);
    expect(() => parse(...Array.from({ length: 20 }, () => `data: ${'x'.repeat(1000)}\n`))).toThrow(
      RangeError,
    );
  });
});
