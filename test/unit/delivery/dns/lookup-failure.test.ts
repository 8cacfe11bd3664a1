import { expect, test } from 'vitest';
import {
  isCertain,
  LookupError,
  lookupLimitCode,
  toLookupOutcome,
} from '../../../../server/src/delivery/dns/lookup-failure.ts';

test.each([
  ['ENOTFOUND', true, 'not_found', 'ENOTFOUND: no such name'],
  ['ENODATA', true, 'not_found', 'ENODATA: the name has no address'],
  ['EBADNAME', true, 'not_found', 'EBADNAME: not a valid DNS name'],
  ['ETIMEOUT', false, 'timeout', 'ETIMEOUT: no answer from the name servers in time'],
  ['ESERVFAIL', false, 'server_failed', 'ESERVFAIL: the name servers of the domain fail'],
  [lookupLimitCode, false, 'limited', 'ELOOKUPLIMIT: too many other lookups of this account'],
  ['EOTHER', false, 'server_failed', 'EOTHER'],
  ['toString', false, 'server_failed', 'toString'],
] as const)('%s is certain: %s, and counted as %s', (code, certain, outcome, message) => {
  expect(isCertain(code)).toBe(certain);
  expect(toLookupOutcome(code)).toBe(outcome);
  expect(new LookupError(code)).toMatchObject({ name: 'LookupError', code, message });
});
