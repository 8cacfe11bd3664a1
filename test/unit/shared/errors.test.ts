import { describe, expect, it } from 'vitest';
import { errorTable, isErrorCode } from '@tocsin/shared';

describe('the error table', () => {
  it('has the error code of the REST contract for each status', () => {
    const words: Record<number, readonly string[]> = {
      400: ['bad_request'],
      401: ['invalid_api_key'],
      403: ['forbidden'],
      404: ['not_found'],
      405: ['method_not_allowed'],
      409: ['conflict'],
      412: ['precondition_failed'],
      413: ['payload_too_large'],
      429: ['rate_limited'],
      500: ['internal_error'],
      503: ['unavailable'],
    };
    for (const { http, rest } of Object.values(errorTable)) expect(words[http]).toContain(rest);
  });

  it('marks exactly the temporary errors as retryable', () => {
    const retryable = Object.entries(errorTable).flatMap(([code, row]) => (row.retryable ? [code] : []));
    expect(retryable.sort()).toEqual(['CALL_IN_PROGRESS', 'INTERNAL', 'RATE_LIMITED', 'UNAVAILABLE']);
  });

  it('explains every code in sentences', () => {
    for (const { meaning } of Object.values(errorTable)) expect(meaning).toMatch(/^[A-Z].*\.$/);
  });

  it('distinguishes its codes from other names, including those of object properties', () => {
    expect(isErrorCode('FORBIDDEN')).toBe(true);
    for (const value of ['forbidden', 'toString', '__proto__', '', undefined, 17]) {
      expect(isErrorCode(value)).toBe(false);
    }
  });
});
