import type { AnyBulkWriteOperation } from 'mongodb';
import type {
  WebhookActivityChange,
  WebhookActivityStore,
} from '../../../domain/ports/webhook-activity-store.ts';
import { coarseSlotMs, fineSlotMs, type WebhookSlot } from '../../../domain/webhook-activity.ts';
import type { Collections } from '../documents/collections.ts';
import { toIncrements, toWebhookCounts, type WebhookActivityDoc } from '../documents/webhook-activity.ts';

interface Width {
  readonly slotMs: number;
  /** Time of one document. */
  readonly spanMs: number;
  /** How long a document is kept after its span began. */
  readonly keepMs: number;
}

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

const widths = {
  fine: { slotMs: fineSlotMs, spanMs: hourMs, keepMs: 26 * hourMs },
  coarse: { slotMs: coarseSlotMs, spanMs: dayMs, keepMs: 32 * dayMs },
} satisfies Record<string, Width>;

/**
 * One document for each webhook and hour, and one for each webhook and day. A save costs two writes for each
 * webhook, in one round trip. A read finds at most 32 documents by their ids.
 */
export class MongoWebhookActivityStore implements WebhookActivityStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async add(changes: readonly WebhookActivityChange[]): Promise<void> {
    const writes = changes.flatMap((change) => [
      ...toWrites(change, 'fine', widths.fine),
      ...toWrites(change, 'coarse', widths.coarse),
    ]);
    if (writes.length === 0) return;
    await this.#collections.webhookActivity.bulkWrite(writes, { ordered: false, writeConcern: { w: 1 } });
  }

  async read(
    webhookId: string,
    name: 'fine' | 'coarse',
    since: number,
    until: number,
  ): Promise<WebhookSlot[]> {
    const { slotMs, spanMs } = widths[name];
    const first = Math.floor(since / spanMs) * spanMs;
    const count = Math.max(0, Math.floor((until - first) / spanMs)) + 1;
    const starts = Array.from({ length: count }, (_, index) => first + index * spanMs);
    const byId = new Map(starts.map((start) => [toId(webhookId, name, start), start]));
    const docs = await this.#collections.webhookActivity.find({ _id: { $in: [...byId.keys()] } }).toArray();
    return docs.flatMap(({ _id, slots }) =>
      Object.entries(slots)
        .map(([slot, counts]) => ({
          at: (byId.get(_id) ?? 0) + Number(slot) * slotMs,
          counts: toWebhookCounts(counts),
        }))
        .filter(({ at }) => at >= since),
    );
  }
}

function toId(webhookId: string, name: 'fine' | 'coarse', start: number): string {
  return `${webhookId}:${name}:${start}`;
}

function toWrites(
  { webhookId, appId, slots }: WebhookActivityChange,
  name: 'fine' | 'coarse',
  { slotMs, spanMs, keepMs }: Width,
): AnyBulkWriteOperation<WebhookActivityDoc>[] {
  const byStart = new Map<number, Map<string, number>>();
  for (const { at, counts } of slots) {
    const start = Math.floor(at / spanMs) * spanMs;
    const increments = byStart.get(start) ?? new Map<string, number>();
    byStart.set(start, increments);
    // Fine slots of one hour share a coarse one.
    for (const [path, count] of toIncrements(Math.floor((at - start) / slotMs), counts)) {
      increments.set(path, (increments.get(path) ?? 0) + count);
    }
  }
  const changed = [...byStart].filter(([, increments]) => increments.size > 0);
  return changed.map(([start, increments]) => ({
    updateOne: {
      filter: { _id: toId(webhookId, name, start) },
      update: {
        $inc: Object.fromEntries(increments),
        $setOnInsert: { appId, expiresAt: new Date(start + keepMs) },
      },
      upsert: true,
    },
  }));
}
