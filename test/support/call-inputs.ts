import { outcomeOf, type AccessRule, type CallerKind } from './access-rules.ts';

export function isRefused(rule: AccessRule, caller: CallerKind): boolean {
  const outcome = outcomeOf(rule, caller);
  return outcome === 401 || outcome === 403 || outcome === 404;
}

/** Inputs of calls. Callers that are refused use nothing up, so those of one scope of apps share theirs. */
export class CallInputs {
  readonly #forRefused = new Map<string, Promise<unknown>>();

  async get<T>(rule: AccessRule, caller: CallerKind, make: () => Promise<T>): Promise<T> {
    if (!isRefused(rule, caller)) return await make();
    const kind = `${rule.operation} for ${caller.onlyApp ?? 'all apps'}`;
    const made = this.#forRefused.get(kind) ?? make();
    this.#forRefused.set(kind, made);
    // `as`: the same rule makes inputs of one type.
    return (await made) as T;
  }
}
