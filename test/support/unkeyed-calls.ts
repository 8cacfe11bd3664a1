import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import type { IdempotentCalls } from '../../server/src/services/idempotency/idempotent-calls.ts';

/**
 * Runs each call, for tests of services that send no idempotency key. Checks that the call has a name, and names
 * the object that it makes or changes, which a stored call needs.
 */
export function unkeyedCalls(clock: Clock): Pick<IdempotentCalls, 'run'> {
  return {
    run: async ({ key, operation, reserve, work, getTargetId }) => {
      if (key !== undefined) throw new Error('this test has no store of calls');
      const at = clock.now();
      const reserved = reserve(at);
      const output = await work(reserved, { at, entryId: undefined, isContinued: false });
      if (!/^[a-zA-Z]+\.[a-zA-Z]+$/.test(operation)) throw new Error('a call has the name of its procedure');
      if (getTargetId(reserved, output) === undefined) throw new Error(`${operation} names no target`);
      return output;
    },
  };
}
