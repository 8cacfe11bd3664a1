import type { AcceptedEvent } from '../../domain/event.ts';
import type { DueDelivery } from '../../domain/ports/delivery-queue.ts';
import { getFairRoom, hasFairRoom } from './fair-share.ts';
import { Holding } from './holding.ts';

export interface MemoryLimits {
  /** Deliveries in memory, queued or in flight. */
  readonly maxInMemory: number;
  /** Bytes of event data in memory. */
  readonly maxBytes: number;
}

export interface MemoryBudgetDeps {
  /** Called when a webhook that had no room has room again. Must not throw. */
  readonly onRoom: (webhookId: string) => void;
}

/** A delivery, or one target of an event that is being stored. */
type Item = Pick<DueDelivery, 'webhookId' | 'event'>;

/**
 * Limits what this process holds in memory (backpressure). Accounts share it fairly, and so do the webhooks of
 * an account. Deliveries beyond the limits wait in the database.
 *
 * A place is reserved for each delivery of an event before the event is stored, so that an event sent from
 * memory finds room.
 *
 * A webhook that used up its share is full until half of what it held has left: fetching a delivery for each
 * place that becomes free would cost a round trip per delivery. An account is not, because the backlog of one
 * webhook could then keep its siblings out for hours.
 *
 * The byte count is an estimate: it counts the payload's length once per delivery, though deliveries of one
 * event share the text.
 */
export class MemoryBudget {
  readonly #limits: MemoryLimits;
  readonly #deps: MemoryBudgetDeps;
  readonly #all = new Holding();
  /** Accounts and webhooks that hold something or await room. */
  readonly #accounts = new Map<string, Holding>();
  readonly #webhooks = new Map<string, Holding>();

  constructor(limits: MemoryLimits, deps: MemoryBudgetDeps) {
    this.#limits = limits;
    this.#deps = deps;
  }

  /**
   * Places neither taken nor reserved. Negative if a read brought more deliveries than there was room for.
   */
  get room(): number {
    return this.#limits.maxInMemory - this.#all.deliveries;
  }

  /** Bytes of the deliveries in memory and of reserved ones. */
  get bytes(): number {
    return this.#all.bytes;
  }

  /** Number of accounts and webhooks that hold something or await room. */
  get holders(): number {
    return this.#accounts.size + this.#webhooks.size;
  }

  get #freeBytes(): number {
    return this.#limits.maxBytes - this.#all.bytes;
  }

  /** Whether a webhook takes no delivery now. */
  isFull(webhookId: string, accountId: string): boolean {
    const webhook = this.#webhooks.get(webhookId);
    return webhook?.isFull === true || !this.#fits(this.#accounts.get(accountId), webhook, 1, 1);
  }

  /** Whether each delivery of the event fits into the shares of its account and its webhooks. */
  hasRoomFor({ accountId, targets, dataText }: AcceptedEvent): boolean {
    const account = this.#accounts.get(accountId);
    // Each delivery but the last adds to the account and leaves less free.
    const places = 2 * targets.length - 1;
    return targets.every((webhookId) => {
      const webhook = this.#webhooks.get(webhookId);
      return webhook?.isFull !== true && this.#fits(account, webhook, places, places * dataText.length);
    });
  }

  /**
   * How many more deliveries of a webhook fit into its share and its account's. Their size is estimated from
   * those in memory.
   */
  roomFor(webhookId: string, accountId: string): number {
    if (this.isFull(webhookId, accountId)) return 0;
    const account = this.#accounts.get(accountId) ?? nothing;
    const webhook = this.#webhooks.get(webhookId) ?? nothing;
    const places = getFairRoom({ account: account.deliveries, webhook: webhook.deliveries }, this.room);
    const bytes = getFairRoom({ account: account.bytes, webhook: webhook.bytes }, this.#freeBytes);
    const similar = webhook.deliveries > 0 ? webhook : this.#all;
    if (similar.bytes === 0) return places;
    return Math.max(1, Math.min(places, Math.floor((bytes * similar.deliveries) / similar.bytes)));
  }

  /** Has `onRoom` called once a webhook without room has room again. */
  awaitRoom(webhookId: string, accountId: string): void {
    if (!this.isFull(webhookId, accountId)) return;
    const account = this.#accounts.get(accountId);
    if (this.room <= 0 || this.#freeBytes <= 0) this.#all.awaitRoom(webhookId);
    else if (this.#fits(account, undefined, 1, 1)) this.#webhooks.get(webhookId)?.markFull();
    else account?.awaitRoom(webhookId);
  }

  /** Whether a delivery that has entered is within the shares. A read can bring more than fits. */
  isWithinShare({ webhookId, event }: Item): boolean {
    const account = this.#accounts.get(event.accountId);
    // It counts in both uses and in what is free, and needs its own size.
    return this.#fits(account, this.#webhooks.get(webhookId), -2, -2 * event.dataText.length);
  }

  /** Reserves a place for each delivery of the event. */
  reserve(event: AcceptedEvent): void {
    for (const webhookId of event.targets) this.enter({ webhookId, event });
  }

  unreserve(event: AcceptedEvent): void {
    for (const webhookId of event.targets) this.leave({ webhookId, event });
  }

  /** Adds a delivery. */
  enter({ webhookId, event }: Item): void {
    const bytes = event.dataText.length;
    const account = getOrCreate(this.#accounts, event.accountId);
    const webhook = getOrCreate(this.#webhooks, webhookId);
    this.#all.add(1, bytes);
    account.add(1, bytes);
    webhook.add(1, bytes);
    if (this.#fits(account, webhook, 1, bytes)) return;
    // If the account alone has no room, its webhooks have none either, whatever they hold.
    if (this.#fits(account, undefined, 1, bytes)) webhook.markFull();
  }

  /** Removes a delivery. */
  leave({ webhookId, event }: Item): void {
    const bytes = event.dataText.length;
    const account = getOrCreate(this.#accounts, event.accountId);
    const webhook = getOrCreate(this.#webhooks, webhookId);
    this.#all.add(-1, -bytes);
    account.add(-1, -bytes);
    webhook.add(-1, -bytes);
    const hasDrained = webhook.takeDrained();
    if (webhook.isUnused) this.#webhooks.delete(webhookId);
    const withRoom = account.isAwaited || this.#all.isAwaited ? this.#takeWaiting(account) : undefined;
    if (account.isUnused) this.#accounts.delete(event.accountId);
    const { onRoom } = this.#deps;
    if (hasDrained) onRoom(webhookId);
    if (withRoom !== undefined) for (const id of withRoom) onRoom(id);
  }

  /** Returns the webhooks that have room again. One for each place: more of them would find no room. */
  #takeWaiting(account: Holding): string[] {
    const ofAccount = this.#fits(account, undefined, 1, 1)
      ? account.takeWaiting(this.room - account.deliveries)
      : [];
    // An account that holds nothing has no delivery left whose end could announce room.
    if (account.deliveries === 0) {
      for (const id of account.takeWaiting(Number.POSITIVE_INFINITY)) this.#all.awaitRoom(id);
    }
    const ofAll = this.#freeBytes > 0 ? this.#all.takeWaiting(this.room) : [];
    return [...ofAccount, ...ofAll];
  }

  #fits(account: Held | undefined, webhook: Held | undefined, places: number, bytes: number): boolean {
    const { deliveries, bytes: accountBytes } = account ?? nothing;
    const held = webhook ?? nothing;
    return (
      hasFairRoom({ account: deliveries, webhook: held.deliveries }, this.room, places) &&
      hasFairRoom({ account: accountBytes, webhook: held.bytes }, this.#freeBytes, bytes)
    );
  }
}

type Held = Pick<Holding, 'deliveries' | 'bytes'>;

const nothing: Held = { deliveries: 0, bytes: 0 };

function getOrCreate(holdings: Map<string, Holding>, id: string): Holding {
  const known = holdings.get(id);
  if (known !== undefined) return known;
  const holding = new Holding();
  holdings.set(id, holding);
  return holding;
}
