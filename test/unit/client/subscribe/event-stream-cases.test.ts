import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeOptions } from '../../../../client/src/options.ts';
import type { SseMessage } from '../../../../client/src/subscribe/sse-parser.ts';
import { readStream } from '../../../../client/src/subscribe/stream.ts';

/*
 * The rules of https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, one case
 * each, with the cases that https://github.com/web-platform-tests/wpt/tree/master/eventsource tests in browsers.
 */

type Expected = [event: string, data: string, id?: string];

const long = '-'.repeat(3000);
const cases: [rule: string, stream: string, messages: Expected[]][] = [
  ['an empty stream has no messages', '', []],
  ['a message ends with an empty line', 'data: a\n\n', [['message', 'a']]],
  ['a message without its empty line is dropped', 'data: a\n\nid: 9\ndata: b', [['message', 'a']]],
  ['a message without the LF of its last line is dropped', 'data: a\n', []],
  [
    'more empty lines mean nothing',
    '\n\ndata: a\n\n\n\n\ndata: b\n\n\n',
    [
      ['message', 'a'],
      ['message', 'b'],
    ],
  ],
  [
    'lines may end in CR, LF or CRLF, also mixed',
    'data:a\r\ndata\ndata:b\rdata:c\r\n\r',
    [['message', 'a\n\nb\nc']],
  ],
  [
    'CR and LF that are two lines',
    'data: a\n\rdata: b\n\n',
    [
      ['message', 'a'],
      ['message', 'b'],
    ],
  ],
  [
    'a stream of CRs',
    'data: a\r\rdata: b\r\r',
    [
      ['message', 'a'],
      ['message', 'b'],
    ],
  ],
  [
    'other line separators of Unicode are text',
    'data: a\u2028b\u0085c\u000bd\n\n',
    [['message', 'a\u2028b\u0085c\u000bd']],
  ],
  ['a byte order mark before the stream is dropped', '\ufeffdata: a\n\n', [['message', 'a']]],
  ['a second one belongs to the name of a field', '\ufeff\ufeffdata: a\n\ndata: b\n\n', [['message', 'b']]],
  [
    'a later one belongs to the name of a field',
    '\ufeffdata: a\n\n\ufeffdata: b\n\ndata: c\n\n',
    [
      ['message', 'a'],
      ['message', 'c'],
    ],
  ],
  ['one in a value is text', 'data: \ufeffa\n\n', [['message', '\ufeffa']]],
  [
    'a field without a colon is empty',
    'data\n\ndata\ndata\n\n',
    [
      ['message', ''],
      ['message', '\n'],
    ],
  ],
  ['a field with nothing after the colon is empty', 'data:\n\n', [['message', '']]],
  [
    'one space after the colon is dropped',
    'data:a\n\ndata: a\n\ndata:  a\n\n',
    [
      ['message', 'a'],
      ['message', 'a'],
      ['message', ' a'],
    ],
  ],
  ['a tab after the colon is kept', 'data:\ta\ndata: \ndata:b\n\n', [['message', '\ta\n\nb']]],
  ['spaces at the end are kept', 'data: a  \n\n', [['message', 'a  ']]],
  ['colons in a value are kept', 'data: a:b: c\n\n', [['message', 'a:b: c']]],
  ['several lines of data are joined by LF', 'data: a\ndata:\ndata: b\n\n', [['message', 'a\n\nb']]],
  [
    'names of fields are case-sensitive and exact',
    'Data: a\nDATA: b\n data: c\ndata : d\nda-ta: e\ndata: f\n\n',
    [['message', 'f']],
  ],
  ['unknown fields are ignored', 'foo: a\njust text\ndata: b\nbar\n\n', [['message', 'b']]],
  [
    'comments are ignored, whatever is in them',
    `data:1\r:\0\n:\r\ndata:2\n:${long}\rdata:3\n:data:x\r:${long}\ndata:4\n\n`,
    [['message', '1\n2\n3\n4']],
  ],
  ['comments alone are no message', ': keep-alive\n\n:\n\n', []],
  ['a NUL in data is text', 'data: \0\n\ndata\0: b\n\n', [['message', '\0']]],
  [
    'event names the type of one message',
    'event: x\ndata: a\n\ndata: b\n\n',
    [
      ['x', 'a'],
      ['message', 'b'],
    ],
  ],
  [
    'an empty event is a message',
    'event:\ndata: a\n\nevent: \ndata: b\n\n',
    [
      ['message', 'a'],
      ['message', 'b'],
    ],
  ],
  ['the last event wins', 'event: x\ndata: a\nevent: y\n\n', [['y', 'a']]],
  ['an event without data is no message, and is forgotten', 'event: x\n\ndata: a\n\n', [['message', 'a']]],
  [
    'an id lasts until the next one',
    'id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n',
    [
      ['message', 'a', '1'],
      ['message', 'b', '1'],
      ['message', 'c', '2'],
    ],
  ],
  [
    'an id without data is no message, but counts for the next one',
    'id: 1\n\ndata: a\n\n',
    [['message', 'a', '1']],
  ],
  [
    'an empty id clears it',
    'id: 1\ndata: a\n\nid\ndata: b\n\n',
    [
      ['message', 'a', '1'],
      ['message', 'b', ''],
    ],
  ],
  [
    'an id with a NUL is ignored',
    'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid: \0\ndata: c\n\n',
    [
      ['message', 'a', '1'],
      ['message', 'b', '1'],
      ['message', 'c', '1'],
    ],
  ],
  ['an id may be any text', 'id: …é 1\ndata: a\n\n', [['message', 'a', '…é 1']]],
  ['retry of digits is no message', 'retry: 3000\n\ndata: a\n\n', [['message', 'a']]],
  [
    'retry of anything else is ignored',
    'retry\nretry: 1000x\nretry: -1\nretry: 1e3\nretry:  5\ndata: a\n\n',
    [['message', 'a']],
  ],
  ['fields may be in any order', 'id: 1\ndata: a\nevent: x\nretry: 5\ndata: b\n\n', [['x', 'a\nb', '1']]],
  [
    'text is UTF-8',
    'data: ë€😀\n\ndata: \u0661\n\n',
    [
      ['message', 'ë€😀'],
      ['message', '\u0661'],
    ],
  ],
];

/** Reads a stream that arrives in these pieces. */
async function read(pieces: readonly Uint8Array[], type = 'text/event-stream'): Promise<SseMessage[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const fetch = () => Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  const config = normalizeOptions({ url: 'http://server.invalid', token: 'tsk_1', fetch });
  const { signal } = new AbortController();
  const request = { path: 'p', input: '{}', idleTimeoutMs: () => 60_000, signal };
  const messages: SseMessage[] = [];
  for await (const message of readStream(config, request)) messages.push(message);
  return messages;
}

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.slice(n * size, (n + 1) * size),
  );
}

describe('a stream of events', () => {
  it.each(cases)('%s', async (_rule, stream, messages) => {
    const bytes = new TextEncoder().encode(stream);
    const expected = messages.map(([event, data, id]) => ({ event, data, id }));
    // Pieces of one byte split every CRLF, every character and the byte order mark.
    for (const size of [1, 2, 3, 7, 1024, 1_000_000]) {
      expect(await read(split(bytes, size))).toEqual(expected);
    }
  });

  it('has the same messages however it is split', async () => {
    const all = new TextEncoder().encode(cases.map(([, stream]) => stream).join(''));
    const whole = await read([all]);
    expect(whole.length).toBeGreaterThan(40);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 60 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), all.length];
        const pieces = places.slice(1).map((end, index) => all.slice(places[index], end));
        expect(await read(pieces)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('replaces bytes that are not UTF-8', async () => {
    const bytes = Uint8Array.from([...Buffer.from('data: '), 0xff, 0xc3, 0x28, ...Buffer.from('\n\n')]);
    expect(await read(split(bytes, 1))).toEqual([{ event: 'message', data: '\ufffd\ufffd(', id: undefined }]);
  });

  it.each([
    'text/event-stream',
    'TEXT/Event-Stream',
    ' text/event-stream ; charset=windows-1251',
    'text/event-stream;',
  ])('has the content type %j, and is UTF-8 whatever its charset says', async (type) => {
    expect(await read([new TextEncoder().encode('data: é\n\n')], type)).toMatchObject([{ data: 'é' }]);
  });

  it.each([
    'text/html',
    'application/json',
    'text/event-streams',
    'text/event-stream, text/html',
    'x text/event-stream',
    '',
  ])('does not have the content type %j', async (type) => {
    await expect(read([new TextEncoder().encode('data: a\n\n')], type)).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      retryable: false,
      httpStatus: 200,
      message: expect.stringContaining('check the option url') as string,
    });
  });
});
