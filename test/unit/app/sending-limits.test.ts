import { describe, expect, it, vi } from 'vitest';
import { engineLimits } from '../../../server/src/app/options.ts';
import { logSendingLimits, toSendingLimits } from '../../../server/src/app/sending-limits.ts';

describe('the limits of sending', () => {
  it.each([
    [undefined, 4_096, { total: 2_048, fast: 512, connections: 4_096, pool: 1_024 }],
    [1_000_000, 4_096, { total: 2_048, fast: 512, connections: 4_096, pool: 1_024 }],
    [4_096, 2_048, { total: 1_920, fast: 480, connections: 1_920, pool: 960 }],
    [1_024, 512, { total: 384, fast: 96, connections: 384, pool: 192 }],
    [64, 32, { total: 16, fast: 4, connections: 16, pool: 8 }],
  ])('with %s descriptors fit into them', (descriptors, callers, { total, fast, connections, pool }) => {
    expect(toSendingLimits(engineLimits, descriptors, callers)).toEqual({
      engine: { ...engineLimits, maxInFlightTotal: total, placesForFast: fast },
      maxConnections: connections,
      maxConnectionsPerPool: pool,
    });
  });

  it.each([
    [1_024, 'warn'],
    [100_000, 'info'],
  ] as const)('with %i descriptors are logged at the level %s', (descriptors, level) => {
    const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const limits = toSendingLimits(engineLimits, descriptors, 512);
    logSendingLimits(limits, engineLimits, descriptors, log);
    expect([log.info.mock.calls.length, log.warn.mock.calls.length]).toEqual(
      level === 'info' ? [1, 0] : [0, 1],
    );
  });
});
