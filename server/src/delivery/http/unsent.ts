import type { Log } from '../../domain/ports/runtime.ts';
import type { SendingMeter, UnsentCause } from '../../domain/ports/telemetry.ts';
import type { SendResult } from '../../domain/send-result.ts';

/** At most one warning per cause in this time, so that a shortage does not flood the log. */
const warnEveryMs = 60_000;

/** What an operator can do about each cause. */
const warnings: Readonly<Record<UnsentCause, string>> = {
  no_connection: 'requests were not sent: all connections to receivers are in use',
  no_descriptors:
    'requests were not sent: the process has no file descriptors left; raise its limit (ulimit -n)',
  no_local_address: 'requests were not sent: no local port, address or buffer is left for new connections',
  proxy_failed: 'requests were not sent: the outbound proxy (OUTBOUND_PROXY) does not connect',
  shutting_down: 'requests were not sent: the process is shutting down',
};

/** Errors of this process and its machine. They say nothing about the receiver. */
const causeByCode: Readonly<Record<string, UnsentCause>> = {
  EMFILE: 'no_descriptors',
  ENFILE: 'no_descriptors',
  ENOBUFS: 'no_local_address',
  ENOMEM: 'no_local_address',
  EADDRNOTAVAIL: 'no_local_address',
  EADDRINUSE: 'no_local_address',
};

interface UnsentOptions {
  readonly log?: Log | undefined;
  readonly meter?: SendingMeter | undefined;
  /** Ms. @default `performance.now` */
  readonly now?: () => number;
}

interface Warned {
  readonly at: number;
  /** Requests since then. */
  count: number;
}

/**
 * Counts the requests that could not be sent because of this process, and warns about them. They are no failures
 * of the receiver.
 */
export class UnsentRequests {
  readonly #options: UnsentOptions;
  readonly #now: () => number;
  readonly #warned = new Map<UnsentCause, Warned>();

  constructor(options: UnsentOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @param detail is for the log; without address and credential */
  report(cause: UnsentCause, detail?: string): void {
    const { log, meter } = this.#options;
    meter?.countUnsent(cause);
    const warned = this.#warned.get(cause);
    const now = this.#now();
    if (warned !== undefined && now - warned.at < warnEveryMs) {
      warned.count++;
      return;
    }
    this.#warned.set(cause, { at: now, count: 0 });
    // At a shutdown nothing is wrong.
    if (cause === 'shutting_down') return;
    log?.warn({ cause, detail, notLogged: warned?.count ?? 0 }, warnings[cause]);
  }

  /** Reports a request and returns its result. */
  toResult(cause: UnsentCause): SendResult {
    this.report(cause);
    return { kind: 'unanswered', reason: 'not_sent', detail: cause, durationMs: 0 };
  }
}

/**
 * Returns why the error of a connection attempt is ours, or undefined if it is the receiver's.
 *
 * @param hasIpv6 whether this machine has an IPv6 address. Without one, an IPv6 receiver fails with
 * `EADDRNOTAVAIL` for good, which is a fact about its address.
 */
export function findUnsentCause(error: unknown, hasIpv6: () => boolean): UnsentCause | undefined {
  if (!(error instanceof Error)) return undefined;
  // Several addresses were tried. One that was not tried for want of a descriptor might have worked.
  if (error instanceof AggregateError) {
    for (const each of error.errors) {
      const cause = findUnsentCause(each, hasIpv6);
      if (cause !== undefined) return cause;
    }
    return undefined;
  }
  const code = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !Object.hasOwn(causeByCode, code)) return undefined;
  const isIpv6 = 'address' in error && typeof error.address === 'string' && error.address.includes(':');
  if (code === 'EADDRNOTAVAIL' && isIpv6 && !hasIpv6()) return undefined;
  return causeByCode[code];
}
