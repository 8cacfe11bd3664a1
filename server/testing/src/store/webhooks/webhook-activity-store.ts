import type {
  WebhookActivityChange,
  WebhookActivityStore,
} from '../../../../src/domain/ports/webhook-activity-store.ts';
import {
  addWebhookCounts,
  coarseSlotMs,
  fineSlotMs,
  noWebhookActivity,
  type WebhookSlot,
} from '../../../../src/domain/webhook-activity.ts';
import type { MemoryDatabase } from '../memory-database.ts';

const slotMs = { fine: fineSlotMs, coarse: coarseSlotMs } as const;

export class MemoryWebhookActivityStore implements WebhookActivityStore {
  readonly #slots: MemoryDatabase['webhookActivity'];

  constructor({ webhookActivity }: Pick<MemoryDatabase, 'webhookActivity'>) {
    this.#slots = webhookActivity;
  }

  async add(changes: readonly WebhookActivityChange[]): Promise<void> {
    for (const { webhookId, appId, slots } of changes) {
      for (const { at, counts } of slots) {
        const id = `${webhookId}:${at}`;
        const sum = noWebhookActivity();
        addWebhookCounts(sum, this.#slots.get(id)?.counts ?? noWebhookActivity());
        addWebhookCounts(sum, counts);
        this.#slots.set(id, { webhookId, appId, at, counts: sum });
      }
    }
  }

  async read(
    webhookId: string,
    width: 'fine' | 'coarse',
    since: number,
    until: number,
  ): Promise<WebhookSlot[]> {
    const found = new Map<number, WebhookSlot>();
    for (const slot of this.#slots.values()) {
      const at = Math.floor(slot.at / slotMs[width]) * slotMs[width];
      if (slot.webhookId !== webhookId || at < since || at > until) continue;
      const into = found.get(at) ?? { at, counts: noWebhookActivity() };
      addWebhookCounts(into.counts, slot.counts);
      found.set(at, into);
    }
    return [...found.values()];
  }
}
