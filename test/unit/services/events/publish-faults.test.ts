import { expect, it } from 'vitest';
import { publishEach, type Publication } from '../../../../server/src/services/events/publish.ts';
import { reportFaults } from '../../../../server/src/services/events/publish-faults.ts';
import { tracePublish } from '../../../../server/src/services/events/publish-tracing.ts';

const root = { kind: 'root' } as const;
const publications = ['app_a', 'app_faulty', 'app_b'].map((appId): Publication => ({
  appId,
  event: 'user.login',
  data: {},
  requestId: 'r1',
}));

/** A tracer with a bug that one app meets. */
const tracer = {
  publish: ({ appId }: { readonly appId: string }) => {
    if (appId === 'app_faulty') throw new TypeError('a bug');
    return { traceparent: undefined, run: <T>(work: () => T) => work(), end: () => {} };
  },
};

const stored = () => Promise.resolve({ id: 'evt_1', deliveries: 0 });

it('makes an unexpected error of one event its own, whatever part of the server it comes from', async () => {
  const logged: object[] = [];
  const ignore = () => {};
  const log = { debug: ignore, info: ignore, warn: ignore, error: (fields: object) => logged.push(fields) };
  // `as`: the part of a tracer that publishing uses.
  const publish = reportFaults(tracePublish(stored, tracer as never), log);
  const results = await publishEach(publications, (one) => publish(root, one));
  expect(results).toEqual([
    { ok: true, id: 'evt_1', deliveries: 0 },
    {
      ok: false,
      code: 'INTERNAL',
      message: 'an unexpected error occurred; search the logs for the request id',
      retryable: true,
      errors: [],
    },
    { ok: true, id: 'evt_1', deliveries: 0 },
  ]);
  expect(logged).toMatchObject([{ err: { message: 'a bug' }, appId: 'app_faulty', requestId: 'r1' }]);
});

it('keeps the other events of a call, also if the error passes by everything else', async () => {
  const publish = ({ appId }: Publication) => {
    if (appId === 'app_faulty') throw new TypeError('a bug');
    return stored();
  };
  const results = await publishEach(publications, publish);
  expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'INTERNAL', 'ok']);
});
