import { expect, it } from 'vitest';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { Tracer } from '../../../../server/src/domain/ports/tracing.ts';
import type { Publish } from '../../../../server/src/services/events/publish.ts';
import { tracePublish } from '../../../../server/src/services/events/publish-tracing.ts';
import { rootActor } from '../../../support/actors.ts';

const publication = { appId: 'app_a', event: 'user.login', data: {}, traceparent: '00-caller' };

function sceneOn(publish: (traceparent: string | undefined) => Promise<object>) {
  const started: unknown[] = [];
  const ends: unknown[][] = [];
  let isInside = false;
  // `as`: the spans of other calls are not used
  const tracer = {
    publish: (given: unknown) => {
      started.push(given);
      return {
        traceparent: '00-span',
        run: async (work: () => Promise<unknown>) => {
          isInside = true;
          return await work();
        },
        end: (...given: unknown[]) => void ends.push(given),
      };
    },
  } as unknown as Tracer;
  const inside = ((_: unknown, { traceparent }: { traceparent?: string }) => {
    expect(isInside).toBe(true);
    return publish(traceparent);
  }) as unknown as Publish; // `as`: as small as the wrapper needs it
  const traced = tracePublish(inside, tracer);
  return { run: async () => await traced(rootActor, publication), started, ends };
}

it('is a span of the trace of its caller, and the event goes on with the span', async () => {
  const seen: unknown[] = [];
  const { run, started, ends } = sceneOn((traceparent) => {
    seen.push(traceparent);
    return Promise.resolve({ id: 'evt_1', deliveries: 3 });
  });
  expect(await run()).toEqual({ id: 'evt_1', deliveries: 3 });
  expect(started).toEqual([{ appId: 'app_a', type: 'user.login', traceparent: '00-caller' }]);
  expect(seen).toEqual(['00-span']);
  expect(ends).toEqual([
    [undefined, { 'messaging.message.id': 'evt_1', 'tocsin.event.id': 'evt_1', 'tocsin.deliveries': 3 }],
  ]);
});

it.each([
  [apiError('UNKNOWN_EVENT', 'unknown'), 'UNKNOWN_EVENT'],
  [new Error('bug'), 'INTERNAL'],
])('ends its span with the code of its error: %s', async (failure, code) => {
  const { run, ends } = sceneOn(() => Promise.reject(failure));
  await expect(run()).rejects.toBe(failure);
  expect(ends).toEqual([[code]]);
});
