import { randomUUID } from 'node:crypto';
import type { Outbox } from '@tocsin/client/outbox';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Shop } from './catalog.ts';

export interface Order {
  readonly _id: string;
  readonly customerId: string;
  /** In cents. */
  readonly amount: number;
  readonly currency: 'EUR' | 'USD';
  readonly status: 'open' | 'paid' | 'refunded';
}

export type NewOrder = Pick<Order, 'customerId' | 'amount' | 'currency'>;

/** The order does not exist, or its status does not allow the change. */
export class OrderError extends Error {
  readonly status: 404 | 409;

  constructor(status: 404 | 409, message: string) {
    super(message);
    this.status = status;
  }
}

export interface OrdersDeps {
  readonly mongo: MongoClient;
  readonly db: Db;
  readonly outbox: Outbox<Shop, ClientSession>;
  /** The app of the shop in Tocsin. */
  readonly appId: string;
}

export type Orders = ReturnType<typeof createOrders>;

/** The use cases of orders. Each change is in one transaction with its event. */
export function createOrders({ mongo, db, outbox, appId }: OrdersDeps) {
  const orders = db.collection<Order>('orders');

  /** Changes the status of an order, and publishes the change if the transaction commits. */
  async function change(
    id: string,
    [from, to]: readonly [Order['status'], Order['status']],
    publish: (order: Order, session: ClientSession) => Promise<unknown>,
  ): Promise<Order> {
    return await mongo.withSession((session) =>
      session.withTransaction(async () => {
        const options = { session, returnDocument: 'after' } as const;
        // The filter has the status, so that of two concurrent calls one publishes the event.
        const order = await orders.findOneAndUpdate(
          { _id: id, status: from },
          { $set: { status: to } },
          options,
        );
        if (order === null) throw await explain(id, from, session);
        await publish(order, session);
        return order;
      }),
    );
  }

  async function explain(id: string, expected: Order['status'], session: ClientSession): Promise<OrderError> {
    const order = await orders.findOne({ _id: id }, { session });
    if (order === null) return new OrderError(404, `there is no order ${id}`);
    return new OrderError(409, `order ${id} is ${order.status}, not ${expected}`);
  }

  return {
    place: async (order: NewOrder): Promise<Order> => {
      const placed = { _id: `ord_${randomUUID()}`, ...order, status: 'open' } as const;
      await orders.insertOne(placed);
      return placed;
    },
    pay: (id: string): Promise<Order> =>
      change(id, ['open', 'paid'], (order, session) => {
        const data = { ...toEventData(order), paidAt: new Date().toISOString() };
        return outbox.publish('order.paid', { appId, data }, { session });
      }),
    refund: (id: string, reason: string | undefined): Promise<Order> =>
      change(id, ['paid', 'refunded'], (order, session) => {
        const data = { ...toEventData(order), ...(reason === undefined ? {} : { reason }) };
        return outbox.publish('order.refunded', { appId, data }, { session });
      }),
  };
}

function toEventData({ _id: orderId, customerId, amount, currency }: Order) {
  return { orderId, customerId, amount, currency };
}
