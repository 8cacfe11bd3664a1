import { expect, it, vi } from 'vitest';
import { toUnattemptedResult } from '../../../../server/src/delivery/attempt/attempt-effect.ts';
import { createDeliveryCompletion } from '../../../../server/src/delivery/scheduling/completion.ts';
import { MemoryBudget } from '../../../../server/src/delivery/scheduling/memory-budget.ts';
import { aTask } from '../../../support/tasks.ts';

const aScene = (write = () => Promise.resolve(true)) => {
  const memory = new MemoryBudget({ maxInMemory: 10, maxBytes: 1_000 }, { onRoom: () => undefined });
  const ignore = () => undefined;
  const completion = createDeliveryCompletion({
    memory,
    held: { remove: ignore },
    entries: { countDown: () => false, forget: ignore },
    schedule: { addDelivery: ignore, addWebhook: ignore },
    resultWriter: { write, closeEntry: () => Promise.resolve() },
    meter: { countFinished: ignore } as never,
    activity: { recordResult: ignore, recordAccepted: ignore },
    webhookActivity: { recordResult: ignore },
    incidents: { recordFailure: ignore },
    log: { debug: ignore, info: ignore, warn: vi.fn(), error: ignore },
  });
  const task = aTask();
  memory.enter(task.delivery);
  return { memory, completion, task };
};

const result = ({ delivery }: ReturnType<typeof aTask>) =>
  toUnattemptedResult(delivery, { status: 'pending', reason: 'webhook_paused', dueAt: 0 }, 0);

it.each([
  ['completed', () => Promise.resolve(true)],
  ['completed, though its result cannot be written', () => Promise.reject(new Error('no database'))],
])('frees the memory of a delivery that is %s', (_name, write) => {
  const { memory, completion, task } = aScene(write);
  completion.complete(task, result(task));
  expect([memory.room, memory.bytes, memory.holders]).toEqual([10, 0, 0]);
});
