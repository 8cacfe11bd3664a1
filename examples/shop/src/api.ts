import express, { type ErrorRequestHandler, type Express } from 'express';
import * as z from 'zod';
import { OrderError, type Orders } from './orders.ts';

const newOrder = z.strictObject({
  customerId: z.string().min(1),
  amount: z.int().min(1),
  currency: z.enum(['EUR', 'USD']),
});

const refund = z.strictObject({ reason: z.string().min(1).optional() });

export interface ApiDeps {
  readonly orders: Orders;
  /** Returns what a monitor of the service needs. */
  readonly getHealth: () => Promise<object>;
  /** Returns what Prometheus scrapes. */
  readonly getMetrics: () => Promise<string>;
}

/** The HTTP interface of the shop. Express 5 passes the errors of async handlers on. */
export function createApi({ orders, getHealth, getMetrics }: ApiDeps): Express {
  const app = express();
  app.use(express.json());
  app.post('/orders', async (request, response) => {
    response.status(201).json(await orders.place(newOrder.parse(request.body)));
  });
  app.post('/orders/:id/pay', async (request, response) => {
    response.json(await orders.pay(request.params.id));
  });
  app.post('/orders/:id/refund', async (request, response) => {
    const { reason } = refund.parse(request.body ?? {});
    response.json(await orders.refund(request.params.id, reason));
  });
  app.get('/health', async (_request, response) => {
    response.json(await getHealth());
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain').send(await getMetrics());
  });
  app.use(toErrorResponse);
  return app;
}

const toErrorResponse: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else if (error instanceof OrderError) response.status(error.status).json({ error: error.message });
  else if (error instanceof z.ZodError) response.status(400).json({ error: z.prettifyError(error) });
  else {
    console.error(error);
    response.status(500).json({ error: 'internal error' });
  }
};
