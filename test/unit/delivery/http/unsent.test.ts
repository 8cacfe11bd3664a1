import { describe, expect, it, vi } from 'vitest';
import { findUnsentCause, UnsentRequests } from '../../../../server/src/delivery/http/unsent.ts';

const withCode = (code: string, address?: string) => Object.assign(new Error('x'), { code, address });
const hasIpv6 = () => true;
const hasNoIpv6 = () => false;

describe('an error of a connection attempt', () => {
  it.each([
    ['EMFILE', 'no_descriptors'],
    ['ENFILE', 'no_descriptors'],
    ['ENOBUFS', 'no_local_address'],
    ['ENOMEM', 'no_local_address'],
    ['EADDRINUSE', 'no_local_address'],
    ['EADDRNOTAVAIL', 'no_local_address'],
    ['ECONNREFUSED', undefined],
    ['ENETUNREACH', undefined],
    ['toString', undefined],
  ])('with the code %s is caused by %s of this process', (code, cause) => {
    expect(findUnsentCause(withCode(code, '10.0.0.1'), hasNoIpv6)).toBe(cause);
  });

  it.each([
    ['a machine with IPv6', '2001:db8::1', hasIpv6, 'no_local_address'],
    ['a machine without IPv6', '2001:db8::1', hasNoIpv6, undefined],
  ])('for an IPv6 address on %s is ours only if it could work', (_name, address, has, cause) => {
    expect(findUnsentCause(withCode('EADDRNOTAVAIL', address), has)).toBe(cause);
  });

  it('of several addresses is ours if one was not tried because of us', () => {
    const refused = withCode('ECONNREFUSED');
    const errors = [refused, withCode('EMFILE')];
    expect(findUnsentCause(new AggregateError(errors), hasIpv6)).toBe('no_descriptors');
    expect(findUnsentCause(new AggregateError([refused]), hasIpv6)).toBeUndefined();
    expect(findUnsentCause('EMFILE', hasIpv6)).toBeUndefined();
  });
});

describe('requests that were not sent', () => {
  it('are all counted, and warned about once a minute for each cause', () => {
    let now = 0;
    const meter = { countUnsent: vi.fn() };
    const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const unsent = new UnsentRequests({ log, meter, now: () => now });

    for (let request = 0; request < 3; request++) unsent.report('no_descriptors', 'EMFILE');
    unsent.report('no_connection');
    unsent.report('shutting_down');
    expect(meter.countUnsent).toHaveBeenCalledTimes(5);
    expect(log.warn.mock.calls).toMatchObject([
      [{ cause: 'no_descriptors', detail: 'EMFILE', notLogged: 0 }, expect.any(String)],
      [{ cause: 'no_connection', detail: undefined, notLogged: 0 }, expect.any(String)],
    ]);

    now = 60_000;
    unsent.report('no_descriptors', 'EMFILE');
    expect(log.warn).toHaveBeenLastCalledWith(
      { cause: 'no_descriptors', detail: 'EMFILE', notLogged: 2 },
      expect.stringContaining('ulimit -n'),
    );
    now = 119_999;
    unsent.report('no_descriptors', 'EMFILE');
    expect(log.warn).toHaveBeenCalledTimes(3);
  });

  it('are put back, with the cause as the detail, also without log and metrics', () => {
    expect(new UnsentRequests({}).toResult('no_connection')).toEqual({
      kind: 'unanswered',
      reason: 'not_sent',
      detail: 'no_connection',
      durationMs: 0,
    });
  });
});
