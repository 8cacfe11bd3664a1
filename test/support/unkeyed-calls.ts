import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import type { IdempotentCalls } from '../../server/src/services/idempotency/idempotent-calls.ts';

/** Runs each call, for tests of services that send no idempotency key. */
export function unkeyedCalls(clock: Clock): Pick<IdempotentCalls, 'run'> {
  return {
    run: async ({ key, reserve, work }) => {
      if (key !== undefined) throw new Error('this test has no store of calls');
      const at = clock.now();
      return await work(reserve(at), { at, entryId: undefined, isContinued: false });
    },
  };
}
