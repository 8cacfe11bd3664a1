import { errorTable, type Contract, type ErrorCode } from '@tocsin/shared';
import type { TocsinError } from '../../domain/errors.ts';

/**
 * The format of a contract's error bodies. Both are flat. Authon adds `success: false`, and each contract has
 * its own code for an invalid credential.
 */
export interface Dialect {
  readonly name: Contract;
  errorBody(error: TocsinError): Record<string, unknown>;
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

function toErrorCode(code: ErrorCode, unauthenticated: string): string {
  return code === 'UNAUTHENTICATED' ? unauthenticated : errorTable[code].rest;
}
