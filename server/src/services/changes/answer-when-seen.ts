import type { ChangeFollower } from './change-follower.ts';

/** Names of the asynchronous methods of a store. */
type CallName<TStore> = {
  [K in keyof TStore]: TStore[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof TStore];

/** Returns the store, whose named methods resolve once all live processes have applied what they changed. */
export function answerWhenSeen<TStore extends object>(
  changes: Pick<ChangeFollower, 'untilSeenByAll'>,
  store: TStore,
  names: readonly CallName<TStore>[],
): TStore {
  const waiting = new Set<PropertyKey>(names);
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const result: unknown = await Reflect.apply(member, target, args);
        if (waiting.has(name)) await changes.untilSeenByAll();
        return result;
      };
    },
  });
}
