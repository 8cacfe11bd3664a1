import type { TestTurnStore } from '../../../../src/domain/ports/sending.ts';
import type { MemoryConfig } from '../memory-config.ts';

export class MemoryTestTurnStore implements TestTurnStore {
  readonly #config: Pick<MemoryConfig, 'webhooks' | 'testTurns'>;

  constructor(config: Pick<MemoryConfig, 'webhooks' | 'testTurns'>) {
    this.#config = config;
  }

  async take(webhookId: string, now: number, until: number): Promise<number | undefined> {
    const { webhooks, testTurns } = this.#config;
    if (!webhooks.has(webhookId)) return now;
    const next = testTurns.get(webhookId);
    if (next !== undefined && next > now) return next;
    testTurns.set(webhookId, until);
    return undefined;
  }

  async end(webhookId: string, until: number, next: number): Promise<void> {
    const { testTurns } = this.#config;
    if (testTurns.get(webhookId) === until) testTurns.set(webhookId, next);
  }
}
