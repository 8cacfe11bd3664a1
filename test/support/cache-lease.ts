import type { CacheLease } from '../../server/src/domain/ports/change-log.ts';

/** The lease of a cache that is always current. */
export const currentLease: CacheLease = { refresh: () => undefined };
