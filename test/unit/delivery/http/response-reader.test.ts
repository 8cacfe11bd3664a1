import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseReader } from '../../../../server/src/delivery/http/response-reader.ts';

/** What a reader reports after these bytes and, if it was not finished by then, the end of the stream. */
function read(bytes: string | readonly Buffer[], end: 'open' | 'FIN' | 'reset' = 'open') {
  const reader = new ResponseReader();
  const chunks = typeof bytes === 'string' ? [Buffer.from(bytes, 'latin1')] : bytes;
  for (const chunk of chunks) reader.read(chunk);
  if (end !== 'open') reader.endOfStream(end === 'FIN' ? undefined : 'ECONNRESET');
  const { statusCode, hasHead, isFinished, isAnswered, isUpgraded, isReusable } = reader;
  const { problem, headers, keepAliveSeconds, reply } = reader;
  const flags = { hasHead, isFinished, isAnswered, isUpgraded, isReusable };
  return { statusCode, ...flags, problem, headers, keepAliveSeconds, reply };
}

/** In short: where the response is, its status, and whether the connection is reusable. */
function summarize(bytes: string, end: 'open' | 'FIN' | 'reset' = 'open'): string {
  const { statusCode, hasHead, isFinished, isAnswered, isUpgraded, isReusable, problem } = read(bytes, end);
  const state = isAnswered
    ? (problem ?? 'whole')
    : isUpgraded
      ? 'upgraded'
      : isFinished
        ? `broken: ${problem}`
        : hasHead
          ? 'in the body'
          : 'in the head';
  return `${statusCode} ${state}${isReusable ? ', reusable' : ''}`;
}

const toHead = (fields: string, start = 'HTTP/1.1 200 OK') => `${start}\r\n${fields}\r\n`;
const chunked = toHead('transfer-encoding: chunked\r\n');
const sized = (length: number | string) => toHead(`content-length: ${length}\r\n`);

describe('a status line', () => {
  it.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.1 204', 204],
    ['HTTP/1.1 200 ', 200],
    ['HTTP/1.1  200  Fine', 200],
    ['HTTP/1.1\t200\tFine', 200],
    ['HTTP/1.0 299 ', 299],
    ['HTTP/2.0 500 \xff', 500],
    ['HTTP/1.1 599 a\0b', 599],
    ['HTTP/1.1 999 odd', 999],
  ])('%j has the status %i', (line, status) => {
    expect(read(toHead('', line), 'FIN')).toMatchObject({ statusCode: status, isAnswered: true });
  });

  it.each([
    'HTTP/1.1 2x0 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1200 OK',
    'HTTP/11 200 OK',
    'HTTP/1.x 200 OK',
    'http/1.1 200 OK',
    'ICY 200 OK',
    'SSH-2.0-OpenSSH_9.6',
    ' HTTP/1.1 200 OK',
  ])('%j is not HTTP', (line) => {
    expect(summarize(`${line}\r\n`)).toBe('0 broken: not HTTP');
  });

  it('of another protocol is rejected before its line ends', () => {
    expect(summarize('H')).toBe('0 in the head');
    expect(summarize('\r')).toBe('0 in the head');
    expect(summarize('HTTP/1.1 2')).toBe('0 in the head');
    expect(summarize('SSH')).toBe('0 broken: not HTTP');
    expect(summarize('HTTQ')).toBe('0 broken: not HTTP');
  });

  it('may follow empty lines', () => {
    expect(summarize(`\r\n\n${sized(0)}`)).toBe('200 whole, reusable');
  });

  it('gives the status before the headers are complete', () => {
    expect(summarize('HTTP/1.1 503 X\r\nx: ')).toBe('503 in the head');
    expect(summarize('HTTP/1.1 503 X\r\nx: ', 'FIN')).toBe('503 broken: closed during the head');
    expect(summarize('HTTP/1.1 503 X\r\nx: ', 'reset')).toBe('503 broken: ECONNRESET');
    expect(summarize('HTTP/1.1 503', 'FIN')).toBe('0 broken: closed during the head');
    expect(summarize('', 'FIN')).toBe('0 broken: closed before the response');
  });
});

describe('an informational response', () => {
  const hints = 'HTTP/1.1 103 Hints\r\nlink: </a>\r\ncontent-length: 7\r\n\r\n';

  it('is skipped, up to eight of them', () => {
    expect(summarize('HTTP/1.1 100 Continue\r\n\r\n')).toBe('0 in the head');
    expect(summarize(hints.repeat(8) + sized(0))).toBe('200 whole, reusable');
    expect(summarize(hints.repeat(9) + sized(0))).toBe('0 broken: too many informational responses');
  });

  it('with the status 101 ends the reading', () => {
    expect(summarize('HTTP/1.1 101 X\r\nupgrade: y\r\n')).toBe('101 in the head');
    expect(summarize('HTTP/1.1 101 X\r\nupgrade: y\r\n\r\nframes')).toBe('101 upgraded');
  });
});

describe('headers', () => {
  it.each([
    ['with other cases and spaces', 'Content-Type:  text/plain \t\r\n', 'text/plain'],
    ['without a space', 'content-type:text/plain\r\n', 'text/plain'],
    ['with bare line feeds', 'content-type: text/plain\n', 'text/plain'],
    ['folded', 'content-type: text/plain;\r\n \t charset=utf-8\r\n', 'text/plain; charset=utf-8'],
    ['folded twice, and empty at first', 'content-type:\r\n a\r\n\tb\r\n', 'a b'],
    ['of a folded header that is not needed', 'x-long-name: a\r\n content-type: b\r\n', undefined],
    ['that are repeated', 'content-type: a\r\nx: y\r\ncontent-type: b\r\n', 'a, b'],
    ['that are empty', 'content-type:\r\n', ''],
    ['in Latin-1', 'content-type: \xe9\r\n', 'é'],
  ])('%s are read', (_how, fields, value) => {
    const { headers, isReusable } = read(toHead(`${fields}content-length: 0\r\n`));
    expect(headers).toEqual(value === undefined ? {} : { 'content-type': value });
    expect(isReusable).toBe(true);
  });

  it.each([
    ['NUL', 'x: a\0b\r\n'],
    ['a bare CR', 'x: a\rb\r\n'],
    ['NUL in a folded line', 'x: a\r\n \0\r\n'],
    ['no colon', 'xyz\r\n'],
    ['no name', ': a\r\n'],
    ['a space in its name', 'x y: a\r\n'],
    ['a space before its colon', 'content-type : a\r\n'],
  ])('with %s hide no status, and make the end of the response doubtful', (_what, fields) => {
    expect(summarize(toHead(`${fields}content-length: 0\r\n`))).toBe('200 whole');
  });

  it('with a space before the colon have their value', () => {
    expect(read(toHead('content-type : a\r\n')).headers).toEqual({ 'content-type': 'a' });
  });

  it('keep those about rate limits, and no names of the prototype', () => {
    const fields =
      'x-ratelimit-limit: 5\r\nretry-after: 7\r\nconstructor: x\r\n__proto__-abc: y\r\nset-cookie: z\r\n';
    expect(read(toHead(fields)).headers).toEqual({ 'x-ratelimit-limit': '5', 'retry-after': '7' });
  });

  it('may take 16 KiB with the status line, and not a byte more', () => {
    const room = 16_384 - toHead('x: \r\ncontent-length: 0\r\n').length;
    const ofSize = (size: number) => toHead(`x: ${'y'.repeat(size)}\r\ncontent-length: 0\r\n`);
    expect(summarize(ofSize(room))).toBe('200 whole, reusable');
    expect(summarize(ofSize(room + 1))).toBe('200 broken: too many headers');
    expect(summarize(`HTTP/1.1 200 ${'y'.repeat(20_000)}`)).toBe('0 broken: too many headers');
  });

  it.each([
    ['timeout=5', 5],
    ['timeout=5, max=100', 5],
    ['max=100, Timeout="60"', 60],
    ['max=5', undefined],
    ['xtimeout=5', undefined],
  ])('Keep-Alive: %s is %j seconds', (value, seconds) => {
    expect(read(toHead(`keep-alive: ${value}\r\n`)).keepAliveSeconds).toBe(seconds);
  });
});

describe('the end of a response', () => {
  it.each([
    ['a length', `${sized(2)}ok`, '200 whole, reusable'],
    ['a length of zero', sized(0), '200 whole, reusable'],
    ['equal lengths', `${toHead('content-length: 2\r\ncontent-length: 2\r\n')}ok`, '200 whole, reusable'],
    ['a list of equal lengths', `${sized('2, 2')}ok`, '200 whole, reusable'],
    ['a length and no body yet', sized(2), '200 in the body'],
    [
      'different lengths',
      `${toHead('content-length: 2\r\ncontent-length: 3\r\n')}ok`,
      '200 contradicting lengths',
    ],
    ['a negative length', sized(-1), '200 contradicting lengths'],
    ['a length that is no number', sized('two'), '200 contradicting lengths'],
    ['an empty length', sized(''), '200 contradicting lengths'],
    ['chunks', `${chunked}2\r\nok\r\n0\r\n\r\n`, '200 whole, reusable'],
    [
      'chunks in capitals',
      `${toHead('Transfer-Encoding: gzip, Chunked\r\n')}A\r\n0123456789\r\n0\r\n\r\n`,
      '200 whole, reusable',
    ],
    ['chunks with extensions', `${chunked}2;a=b\r\nok\r\n0 \r\n\r\n`, '200 whole, reusable'],
    ['chunks with bare line feeds', `${chunked}2\nok\n0\n\n`, '200 whole, reusable'],
    ['chunks with trailers', `${chunked}0\r\na: b\r\nc: d\r\n\r\n`, '200 whole, reusable'],
    ['chunks without the last one', `${chunked}2\r\nok\r\n`, '200 in the body'],
    ['chunks without the last line', `${chunked}0\r\n`, '200 in the body'],
    ['a chunk of no size', `${chunked}\r\n`, '200 malformed chunks'],
    ['a chunk of a size that is no number', `${chunked}zz\r\n`, '200 malformed chunks'],
    ['a chunk of a huge size', `${chunked}${'f'.repeat(14)}\r\n`, '200 malformed chunks'],
    ['a chunk that is longer than its size', `${chunked}1\r\nok\r\n`, '200 malformed chunks'],
    ['a chunk that ends in CR alone', `${chunked}1\r\nk\r\r\n`, '200 malformed chunks'],
    ['a chunk of the longest size', `${chunked}${'f'.repeat(13)}\r\nx`, '200 in the body'],
    ['many chunks', `${chunked}${'1\r\nx\r\n'.repeat(20)}0\r\n\r\n`, '200 whole, reusable'],
    ['a coding that is not chunked', `${toHead('transfer-encoding: gzip\r\n')}x`, '200 in the body'],
    [
      'a length beside chunks',
      `${toHead('content-length: 5\r\ntransfer-encoding: chunked\r\n')}0\r\n\r\n`,
      '200 whole',
    ],
    [
      'chunks in HTTP/1.0',
      `${toHead('transfer-encoding: chunked\r\nconnection: keep-alive\r\n', 'HTTP/1.0 200')}0\r\n\r\n`,
      '200 whole',
    ],
    ['neither', `${toHead('')}ok`, '200 in the body'],
    ['the status 204', toHead('', 'HTTP/1.1 204 No'), '204 whole, reusable'],
    ['the status 204 and a length', `${toHead('content-length: 2\r\n', 'HTTP/1.1 204 No')}ok`, '204 whole'],
    [
      'the status 204, a length and a late body',
      toHead('content-length: 2\r\n', 'HTTP/1.1 204 No'),
      '204 whole',
    ],
    [
      'the status 204 and a length of zero',
      toHead('content-length: 0\r\n', 'HTTP/1.1 204 No'),
      '204 whole, reusable',
    ],
    ['the status 204 and chunks', toHead('transfer-encoding: chunked\r\n', 'HTTP/1.1 204 No'), '204 whole'],
    [
      'the status 304 and a length',
      toHead('content-length: 2\r\n', 'HTTP/1.1 304 Same'),
      '304 whole, reusable',
    ],
    ['bytes after a length', `${sized(2)}okHTTP/1.1 500`, '200 whole'],
    ['bytes after an empty body', `${sized(0)}x`, '200 whole'],
    ['bytes after chunks', `${chunked}0\r\n\r\nx`, '200 whole'],
    ['the end announced', `${toHead('Connection: x, Close\r\ncontent-length: 2\r\n')}ok`, '200 whole'],
    ['HTTP/1.0', `${toHead('content-length: 2\r\n', 'HTTP/1.0 200')}ok`, '200 whole'],
    [
      'HTTP/1.0 with another option',
      `${toHead('connection: x\r\ncontent-length: 2\r\n', 'HTTP/1.0 200')}ok`,
      '200 whole',
    ],
    ['HTTP/0.9', `${toHead('content-length: 2\r\n', 'HTTP/0.9 200')}ok`, '200 whole'],
    [
      'HTTP/1.0 that is kept',
      `${toHead('connection: Keep-Alive\r\ncontent-length: 2\r\n', 'HTTP/1.0 200')}ok`,
      '200 whole, reusable',
    ],
  ])('with %s', (_what, bytes, summary) => {
    expect(summarize(bytes)).toBe(summary);
  });

  it.each([
    ['a length', `${sized(9)}part`, 'FIN', '200 closed during the body'],
    ['a length', `${sized(9)}part`, 'reset', '200 ECONNRESET'],
    ['chunks', `${chunked}9\r\npart`, 'FIN', '200 closed during the body'],
    ['chunks', `${chunked}4\r\npart\r\n`, 'reset', '200 ECONNRESET'],
    ['neither', `${toHead('')}part`, 'FIN', '200 whole'],
    ['neither', `${toHead('')}part`, 'reset', '200 ECONNRESET'],
  ] as const)('with %s keeps what was read: %j, %s', (_what, bytes, end, summary) => {
    expect(summarize(bytes, end)).toBe(summary);
    expect(read(bytes, end).reply).toBe('part');
  });

  it('does not change when more bytes or the end of the stream follow', () => {
    const reader = new ResponseReader();
    reader.read(Buffer.from(`${sized(2)}ok`));
    reader.read(Buffer.from('more'));
    reader.endOfStream('ECONNRESET');
    expect(reader).toMatchObject({ isReusable: true, problem: undefined, reply: 'ok' });
  });
});

describe('the limits of a response', () => {
  it('stop at 16 KiB of body, however it is framed', () => {
    const body = 'x'.repeat(16_385);
    const whole = body.slice(1);
    expect(summarize(sized(16_384) + whole)).toBe('200 whole, reusable');
    expect(summarize(sized(16_385) + body)).toBe('200 whole');
    expect(summarize(`${chunked}4000\r\n${whole}\r\n0\r\n\r\n`)).toBe('200 whole, reusable');
    expect(summarize(`${chunked}4001\r\n${body}\r\n0\r\n\r\n`)).toBe('200 whole');
    expect(summarize(toHead('') + body)).toBe('200 whole');
    expect(summarize(toHead('') + whole)).toBe('200 in the body');
  });

  it('stop at 48 KiB on the wire', () => {
    const left = 49_152 - chunked.length;
    expect(summarize(`${chunked}1;${'x'.repeat(left - 2)}`)).toBe('200 in the body');
    expect(summarize(`${chunked}1;${'x'.repeat(left - 1)}`)).toBe('200 too many bytes outside the body');
    expect(summarize(`${chunked}0\r\n${'a: b\r\n'.repeat(10_000)}\r\n`)).toBe(
      '200 too many bytes outside the body',
    );
  });
});

describe('a response in pieces', () => {
  const bodies = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', ':'), maxLength: 40 });
  const responses = fc
    .record({
      before: fc.constantFrom('', '\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 H\nlink: a\n\n'),
      status: fc.constantFrom('200 OK', '204', '404 Not Found', '500 '),
      fields: fc.constantFrom(
        '',
        'retry-after: 7\r\n 8\r\n',
        'connection: close\r\n',
        'x: \0\r\n',
        'content-type: a\n',
      ),
      framing: fc.constantFrom('length', 'chunks', 'none', 'bad'),
      body: bodies,
      after: fc.constantFrom('', '', 'HTTP/1.1 200 OK\r\n\r\n'),
    })
    .map(({ before, status, fields, framing, body, after }) => {
      const head = `${before}HTTP/1.1 ${status}\r\n${fields}`;
      const size = body.length.toString(16);
      if (framing === 'length') return `${head}content-length: ${body.length}\r\n\r\n${body}${after}`;
      if (framing === 'bad') return `${head}content-length: 1, 2\r\n\r\n${body}${after}`;
      if (framing === 'none') return `${head}\r\n${body}`;
      const chunks = body === '' ? '' : `${size};e\r\n${body}\r\n`;
      return `${head}transfer-encoding: chunked\r\n\r\n${chunks}0\r\nt: u\r\n\r\n${after}`;
    });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
  const ends = fc.constantFrom('FIN' as const, 'reset' as const);

  function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const end = at + (sizes[i % sizes.length] ?? 1);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }

  it('is the same response however its bytes are split', () => {
    fc.assert(
      fc.property(responses, cuts, ends, (text, sizes, end) => {
        // Bytes that follow in a piece of their own do not belong to the reader, which is finished.
        const { isReusable: _isReusable, ...whole } = read(text, end);
        expect(read(cut(Buffer.from(text, 'latin1'), sizes), end)).toMatchObject(whole);
        expect(whole.isFinished).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves its connection reusable however its bytes are split, if nothing follows', () => {
    fc.assert(
      fc.property(bodies, cuts, (body, sizes) => {
        const text = `${sized(body.length)}${body}`;
        expect(read(cut(Buffer.from(text), sizes))).toEqual(read(text));
        expect(read(text).isReusable).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('of any bytes never throws, and always ends', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(responses, fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
        const bytes = Buffer.from(text, 'latin1');
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(noise, cuts, ends, (bytes, sizes, end) => {
        const result = read(cut(bytes, sizes), end);
        expect(result.isFinished).toBe(true);
        expect(result.hasHead).toBe(result.isAnswered);
      }),
      { numRuns: 500 },
    );
  });

  it('without end is finished within its limits', () => {
    const endless = fc.constantFrom(
      'a: b\r\n',
      'x',
      '\r\n',
      'HTTP/1.1 102 P\r\n\r\n',
      '1\r\nx\r\n',
      '1;',
      '\0',
    );
    const starts = fc.constantFrom(
      '',
      'HTTP/1.1 200 OK\r\n',
      chunked,
      `${chunked}0\r\n`,
      sized(10 ** 12),
      toHead(''),
    );
    fc.assert(
      fc.property(starts, endless, (start, piece) => {
        const reader = new ResponseReader();
        reader.read(Buffer.from(start));
        let size = 0;
        for (; !reader.isFinished; size += 6000)
          reader.read(Buffer.from(piece.repeat(6000 / piece.length + 1)));
        expect(size).toBeLessThan(60_000);
      }),
    );
  });
});
