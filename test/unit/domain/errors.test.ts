import { errorTable, type ErrorCode } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { isTocsinError, apiError, TocsinError } from '../../../server/src/domain/errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[]; // the table's keys are the codes

describe('an API error', () => {
  it.each(codes)('%s has the status and retryability of the table', (code) => {
    const error = apiError(code, 'a sentence');
    expect(error).toMatchObject({
      name: 'TocsinError',
      code,
      message: 'a sentence',
      httpStatus: errorTable[code].http,
      retryable: errorTable[code].retryable,
      retryAfterSeconds: undefined,
    });
    expect(isTocsinError(error)).toBe(true);
  });

  it('has a cause only if one is given', () => {
    const cause = new Error('why');
    expect(apiError('INTERNAL', 'x', cause).cause).toBe(cause);
    expect('cause' in apiError('INTERNAL', 'x')).toBe(false);
    expect('cause' in new TocsinError('INTERNAL', 'x')).toBe(false);
  });

  it('has the number of seconds to wait if that is known', () => {
    expect(new TocsinError('RATE_LIMITED', 'x', { retryAfterSeconds: 3 }).retryAfterSeconds).toBe(3);
  });

  it('is recognized across copies of the package, by its mark and its code', () => {
    const mark = Symbol.for('tocsin.error');
    const ofAnotherCopy = Object.assign(new Error('x'), { [mark]: true, code: 'NOT_FOUND' });
    expect(isTocsinError(ofAnotherCopy)).toBe(true);
  });

  it.each([
    ['another error', new Error('x')],
    ['an error with a code but no mark', Object.assign(new Error('x'), { code: 'NOT_FOUND' })],
    ['a mark without a code', Object.assign(new Error('x'), { [Symbol.for('tocsin.error')]: true })],
    [
      'a mark with a code that the table lacks',
      Object.assign(new Error('x'), { [Symbol.for('tocsin.error')]: true, code: 'ENOENT' }),
    ],
    ['an object that is no error', { [Symbol.for('tocsin.error')]: true, code: 'NOT_FOUND' }],
    ['nothing', undefined],
  ])('is not %s', (_what, value) => {
    expect(isTocsinError(value)).toBe(false);
  });
});
