import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  unknownHealth,
  type EndpointHealth,
} from '../../../server/src/domain/endpoint-health.ts';
import {
  findUnreported,
  isSettled,
  toNextWatch,
  type EndpointWatch,
} from '../../../server/src/domain/endpoint-watch.ts';
import { aWebhook } from '../../support/builders.ts';

const start = Date.parse('2026-01-01T00:00:00.000Z');
const minute = 60_000;
const webhook = aWebhook({ updatedAt: start });

function failures(count: number, from = start, everyMs = 5_000): EndpointHealth {
  let health = afterSuccess(unknownHealth, from - 1_000);
  for (let n = 0; n < count; n++) health = afterFailure(health, from + n * everyMs, 'timeout');
  return health;
}

/** The watch of an endpoint that fails, ten minutes after its first failure. */
function failing(): EndpointWatch {
  const watch = toNextWatch(undefined, { webhook, health: failures(3) }, start + 10 * minute);
  if (watch === undefined) throw new Error('a failing endpoint is watched');
  return watch;
}

describe('the watch of an endpoint', () => {
  it('begins after two failures and a minute, because the first retry may succeed', () => {
    const at = (count: number, now: number) =>
      toNextWatch(undefined, { webhook, health: failures(count) }, now);
    expect(at(0, start + minute)).toBeUndefined();
    expect(at(1, start + 10 * minute)).toBeUndefined();
    expect(at(2, start + minute - 1)).toBeUndefined();
    expect(at(2, start + minute)).toMatchObject({
      state: 'failing',
      since: start,
      unhealthySince: start,
      failuresInARow: 2,
      reason: 'timeout',
      reported: 'healthy',
    });
  });

  it('stays the same object while nothing changes, so that nothing is written', () => {
    const watch = failing();
    expect(toNextWatch(watch, { webhook, health: failures(3) }, start + 20 * minute)).toBe(watch);
    expect(toNextWatch(watch, { webhook, health: failures(4) }, start + 20 * minute)).toEqual({
      ...watch,
      failuresInARow: 4,
    });
  });

  it('follows a failing endpoint that is paused, and then disabled', () => {
    const paused = toNextWatch(failing(), { webhook, health: failures(20) }, start + 20 * minute);
    expect(paused).toMatchObject({ state: 'paused', since: start + 19 * 5_000, unhealthySince: start });
    const at = start + 60 * minute;
    const disabled = {
      ...webhook,
      enabled: false,
      disabledReason: 'failing_too_long' as const,
      updatedAt: at,
    };
    const watch = toNextWatch(paused, { webhook: disabled, health: failures(20) }, at + minute);
    expect(watch).toMatchObject({
      state: 'disabled',
      since: at,
      unhealthySince: start,
      reason: 'failing_too_long',
    });
    const edited = { ...disabled, updatedAt: at + 5 * minute };
    expect(toNextWatch(watch, { webhook: edited, health: failures(20) }, at + 9 * minute)).toBe(watch);
  });

  it('ends with a success, which is told of once', () => {
    const reported: EndpointWatch = { ...failing(), reported: 'failing' };
    const health = afterSuccess(failures(3), start + 11 * minute);
    const works = toNextWatch(reported, { webhook, health }, start + 12 * minute);
    expect(works).toMatchObject({ state: 'healthy', since: start + 12 * minute, ended: null });
    expect(works && findUnreported(works)).toBe('healthy');
    expect(works && isSettled(works)).toBe(false);
    expect(works && isSettled({ ...works, reported: 'healthy' })).toBe(true);
  });

  it('is not recovered by a new URL, but by the first success after it', () => {
    const reported: EndpointWatch = { ...failing(), reported: 'failing' };
    const changed = toNextWatch(reported, { webhook, health: unknownHealth }, start + 11 * minute);
    expect(changed).toMatchObject({ state: 'healthy', ended: 'changed' });
    expect(changed && findUnreported(changed)).toBeUndefined();
    expect(changed && isSettled(changed)).toBe(false);
    const health = afterSuccess(unknownHealth, start + 12 * minute);
    const works = toNextWatch(changed, { webhook, health }, start + 13 * minute);
    expect(works && findUnreported(works)).toBe('healthy');
  });

  it.each([
    ['was switched off', { ...webhook, enabled: false, disabledReason: 'by_user' as const }],
    ['was switched off by an older release', { ...webhook, enabled: false, disabledReason: null }],
    ['was deleted', undefined],
  ])('ends silently if the webhook %s', (_, changed) => {
    const watch = toNextWatch(
      { ...failing(), reported: 'failing' },
      { webhook: changed, health: failures(3) },
      start,
    );
    expect(watch?.state).toBe('healthy');
    expect(watch && findUnreported(watch)).toBeUndefined();
    expect(watch && isSettled(watch)).toBe(true);
    expect(toNextWatch(undefined, { webhook: changed, health: failures(3) }, start)).toBeUndefined();
  });

  it('begins again when the endpoint fails after it recovered', () => {
    const recovered: EndpointWatch = { ...failing(), state: 'healthy', reported: 'failing', ended: null };
    const since = start + 60 * minute;
    const watch = toNextWatch(recovered, { webhook, health: failures(3, since) }, since + 5 * minute);
    expect(watch).toMatchObject({ state: 'failing', since, unhealthySince: since });
  });
});
