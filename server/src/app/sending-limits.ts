import type { Log } from '../domain/ports/runtime.ts';
import type { EngineLimits } from './options.ts';

/** Descriptors for everything but connections: the database, look-ups of names, files, standard streams. */
const reservedDescriptors = 128;

/** Idle connections that are worth a descriptor, per request in flight. */
const idlePerRequest = 1;

/** A process with fewer connections would hardly send. */
const minConnections = 16;

export interface SendingLimits {
  readonly engine: EngineLimits;
  /** Connections to receivers, idle ones included. */
  readonly maxConnections: number;
  /** Connections of one account to one origin. */
  readonly maxConnectionsPerPool: number;
}

/**
 * The connections that the process may open to receivers, and the requests in flight that fit into them.
 *
 * A request in flight takes one connection, so there are at least as many connections as requests, and an
 * attempt never waits for one. One account may have half of the requests in flight, all to one origin, so that is
 * the size of a pool. A low limit of file descriptors reduces all of them in proportion.
 *
 * @param descriptors the limit of the process; undefined if it is not known
 * @param callers descriptors that connections of callers may take
 */
export function toSendingLimits(
  wanted: EngineLimits,
  descriptors: number | undefined,
  callers: number,
): SendingLimits {
  const { maxInFlightTotal, placesForFast } = wanted;
  const available = (descriptors ?? Number.POSITIVE_INFINITY) - callers - reservedDescriptors;
  const maxConnections = Math.min(
    maxInFlightTotal * (1 + idlePerRequest),
    Math.max(minConnections, available),
  );
  const fitting = Math.min(maxInFlightTotal, maxConnections);
  return {
    engine: {
      ...wanted,
      maxInFlightTotal: fitting,
      placesForFast: Math.floor((placesForFast * fitting) / maxInFlightTotal),
    },
    maxConnections,
    maxConnectionsPerPool: Math.ceil(fitting / 2),
  };
}

/** Logs the limits at the start, as a warning if file descriptors reduce them. */
export function logSendingLimits(
  limits: SendingLimits,
  wanted: EngineLimits,
  descriptors: number | undefined,
  log: Log,
): void {
  const fields = {
    descriptors: descriptors ?? 'unknown',
    maxConnections: limits.maxConnections,
    maxInFlight: limits.engine.maxInFlightTotal,
  };
  if (limits.engine.maxInFlightTotal < wanted.maxInFlightTotal) {
    log.warn(fields, 'few file descriptors limit the requests in flight; raise the limit (ulimit -n)');
  } else log.info(fields, 'connections to receivers');
}
