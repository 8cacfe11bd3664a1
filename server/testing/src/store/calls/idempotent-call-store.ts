import type {
  CallLease,
  CallResponse,
  IdempotentCall,
  IdempotentCallStore,
} from '../../../../src/domain/ports/idempotent-call-store.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { copyOne } from '../read-map.ts';

export class MemoryIdempotentCallStore implements IdempotentCallStore {
  readonly #calls: MemoryConfig['calls'];

  constructor({ calls }: Pick<MemoryConfig, 'calls'>) {
    this.#calls = calls;
  }

  async find(id: string): Promise<IdempotentCall | undefined> {
    return copyOne(this.#calls, id);
  }

  async begin(call: IdempotentCall, now: number): Promise<boolean> {
    const stored = this.#calls.get(call.id);
    if (stored !== undefined && stored.expiresAt > now) return false;
    this.#calls.set(call.id, structuredClone(call));
    return true;
  }

  async takeOver(id: string, ended: CallLease, next: CallLease): Promise<boolean> {
    const call = this.#findHeld(id, ended.token);
    if (call?.status !== 'running') return false;
    this.#calls.set(id, { ...call, lease: { ...next } });
    return true;
  }

  async complete(id: string, token: string, { targetId, sealed, sealedUntil }: CallResponse): Promise<void> {
    const call = this.#findHeld(id, token);
    if (call !== undefined) this.#calls.set(id, { ...call, status: 'done', targetId, sealed, sealedUntil });
  }

  async release(id: string, token: string): Promise<void> {
    if (this.#findHeld(id, token) !== undefined) this.#calls.delete(id);
  }

  async endLease(id: string, token: string, now: number): Promise<void> {
    const call = this.#findHeld(id, token);
    if (call !== undefined) this.#calls.set(id, { ...call, lease: { token, until: now } });
  }

  async dropSealed(now: number, limit: number): Promise<number> {
    const ended = [...this.#calls.values()].filter(
      ({ sealed, sealedUntil }) => sealed !== undefined && sealedUntil <= now,
    );
    const dropped = ended.slice(0, limit);
    for (const call of dropped) this.#calls.set(call.id, { ...call, sealed: undefined, sealedUntil: 0 });
    return dropped.length;
  }

  #findHeld(id: string, token: string): IdempotentCall | undefined {
    const call = this.#calls.get(id);
    return call?.lease.token === token ? call : undefined;
  }
}
