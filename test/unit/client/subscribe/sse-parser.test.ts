import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SseParser } from '../../../../client/src/subscribe/sse-parser.ts';

const parse100 = (text: string) => new SseParser(100).push(text);
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
      { event: 'ping', data: '', id: '7' },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('accepts %j as line ending', (end) => {
    expect(parse(`data: a${end}data:b${end}id: 1${end}: comment${end}${end}data: c${end}${end}.`)).toEqual([
      { event: 'message', data: 'a\nb', id: '1' },
      { event: 'message', data: 'c', id: '1' },
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

  it('returns a message as soon as its empty line has arrived, whatever the line ending', () => {
    const parser = new SseParser(10_000);
    expect(parser.push('data: a\r\r')).toHaveLength(1);
    expect(parser.push('\n')).toEqual([]);
    expect(parser.push('data: b\r')).toEqual([]);
    expect(parser.push('')).toEqual([]);
    expect(parser.push('\n')).toEqual([]);
    expect(parser.push('\n')).toHaveLength(1);
  });

  it('takes no memory for comments, unknown fields and heartbeats', () => {
    const parser = new SseParser(100);
    for (let n = 0; n < 1000; n++) parser.push(': still here\n\nretry: 10\nother: field\n');
    expect(parser.push('data: a\n\n')).toHaveLength(1);
  });

  it('looks at each character once, however small the pieces are', () => {
    const parser = new SseParser(10_000);
    const scanned = vi.spyOn(String.prototype, 'matchAll');
    for (let n = 0; n < 5000; n++) parser.push('x');
    const looked = scanned.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0);
    scanned.mockRestore();
    expect(looked).toBe(5000);
  });

  it('counts the id and the event of a message, and forgets them with it', () => {
    const long = 'x'.repeat(60);
    expect(() => parse100(`id: ${long}\nevent: ${long}\n`)).toThrow(RangeError);
    expect(parse100(`id: ${long}\ndata\n\nevent: ${long}\ndata\n\n`)).toHaveLength(2);
  });

  it('rejects a message above the size limit, complete or not', () => {
    expect(() => parse(`data: ${'x'.repeat(20_000)}`)).toThrow(RangeError);
    expect(() => parse(...Array.from({ length: 20 }, () => `data: ${'x'.repeat(1000)}\n`))).toThrow(
      RangeError,
    );
  });
});
