import type { Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../../domain/event.ts';
import { lowestIdAt } from '../../domain/ids.ts';
import type { EventFilter, EventStore, EventToInsert, PageRequest } from '../../domain/ports.ts';
import type { Collections, EventDoc } from './documents.ts';
import { positionsOfDuplicates } from './duplicate-key.ts';
import { eventDocOf, eventOf } from './mapping.ts';
import { pageFrom } from './page.ts';

export class MongoEventStore implements EventStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insertMany(items: readonly EventToInsert[]): Promise<(AcceptedEvent | undefined)[]> {
    const docs = items.map(toDoc);
    try {
      // Unordered: an event whose key is taken must not keep the others of the batch out.
      await this.#collections.events.insertMany(docs, { ordered: false, writeConcern: { w: 'majority' } });
      return Array.from({ length: items.length });
    } catch (error) {
      return await this.#holdersOfKeys(items, positionsOfDuplicates(error));
    }
  }

  /** The events that were there first, at the positions of those that were refused. */
  async #holdersOfKeys(items: readonly EventToInsert[], refused: readonly number[]) {
    const wanted = refused.flatMap((index) => {
      const event = items[index]?.event;
      return event ? [{ index, event }] : [];
    });
    const found = await this.#collections.events
      .find({
        $or: wanted.map(({ event }) =>
          // A retryable write whose first reply was lost meets itself: same id, with or without a key.
          event.idempotencyKey === undefined
            ? { _id: event.id }
            : { appId: event.appId, key: event.idempotencyKey },
        ),
      })
      .toArray();
    const answers: (AcceptedEvent | undefined)[] = Array.from({ length: items.length });
    for (const { index, event } of wanted) {
      const doc = found.find((candidate) =>
        event.idempotencyKey === undefined
          ? candidate._id === event.id
          : candidate.appId === event.appId && candidate.key === event.idempotencyKey,
      );
      if (doc === undefined)
        throw new Error('the event that held an idempotency key was purged between two reads');
      answers[index] = doc._id === event.id ? undefined : eventOf(doc);
    }
    return answers;
  }

  async get(id: string): Promise<AcceptedEvent | undefined> {
    const doc = await this.#collections.events.findOne({ _id: id });
    return doc ? eventOf(doc) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>> {
    const docs = await this.#collections.events.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(docs.map((doc) => [doc._id, eventOf(doc)]));
  }

  async list(filter: EventFilter, page: PageRequest): Promise<Page<AcceptedEvent>> {
    const query: Filter<EventDoc> = {};
    if (filter.appId !== undefined) query.appId = filter.appId;
    else if (filter.appIds !== undefined) query.appId = { $in: [...filter.appIds] };
    if (filter.type !== undefined) query.type = filter.type as EventDoc['type'];
    const ids: { $lt?: string; $gte?: string } = {};
    if (filter.until !== undefined) ids.$lt = lowestIdAt('evt_', filter.until);
    if (filter.since !== undefined) ids.$gte = lowestIdAt('evt_', filter.since);
    if (page.cursor !== undefined && (ids.$lt === undefined || page.cursor < ids.$lt)) ids.$lt = page.cursor;
    if (Object.keys(ids).length > 0) query._id = ids;
    const docs = await this.#collections.events
      .find(query)
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return pageFrom(docs, page.limit, eventOf, (doc) => doc._id);
  }
}

function toDoc({ event, lease }: EventToInsert): EventDoc {
  const doc = eventDocOf(event);
  // An event that nobody subscribed is closed from the start.
  if (event.targets.length === 0) return doc;
  doc.due = new Date(lease ? lease.until : event.acceptedAt);
  if (lease) doc.lease = lease.token;
  return doc;
}
