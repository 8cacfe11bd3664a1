import { errorTable, type ErrorCode } from '@tocsin/shared';
import type { TocsinError } from '../../domain/errors.ts';

/**
 * How one published contract words its errorResponses. Both are flat; Authon adds `success: false`, and each has its own word
 * for a bad credential.
 */
export interface Dialect {
  readonly name: 'authon' | 'authforge';
  errorBody(error: TocsinError): Record<string, unknown>;
}

function toErrorCode(code: ErrorCode, unauthenticated: string): string {
  return code === 'UNAUTHENTICATED' ? unauthenticated : errorTable[code].rest;
}

export const authonDialect: Dialect = {
  name: 'authon',
  errorBody: (error) => ({
    success: false,
    error: toErrorCode(error.code, 'invalid_token'),
    message: error.message,
  }),
};

export const authforgeDialect: Dialect = {
  name: 'authforge',
  errorBody: (error) => ({ error: toErrorCode(error.code, 'invalid_api_key'), message: error.message }),
};
