import { expect, it } from 'vitest';
import { apiError, fieldErrors, TocsinError } from '../../../../server/src/domain/errors.ts';
import {
  publishEach,
  type Publication,
  type Published,
} from '../../../../server/src/services/events/publish.ts';

const publication = (name: string, idempotencyKey?: string): Publication => ({
  appId: 'app',
  event: 'user.login',
  data: { name },
  idempotencyKey,
});

/** Records the calls and keeps each one open until `finish`. */
function createPublish() {
  const started: unknown[] = [];
  const open: (() => void)[] = [];
  const publish = ({ data }: Publication) =>
    new Promise<Published>((resolve) => {
      started.push(data['name']);
      open.push(() => resolve({ id: `evt_${String(data['name'])}`, deliveries: 0 }));
    });
  return { started, publish, finish: () => open.splice(0).forEach((resolve) => resolve()) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('publishes events with one idempotency key one after the other, and all others at once', async () => {
  const { started, publish, finish } = createPublish();
  const results = publishEach(
    [
      publication('a1', 'a'),
      publication('a2', 'a'),
      publication('b1', 'b'),
      publication('none'),
      publication('none again'),
    ],
    publish,
  );
  await turn();
  expect(started).toEqual(['a1', 'b1', 'none', 'none again']);
  finish();
  await turn();
  expect(started.slice(4)).toEqual(['a2']);
  finish();
  expect((await results).map((result) => result.ok && result.id)).toEqual([
    'evt_a1',
    'evt_a2',
    'evt_b1',
    'evt_none',
    'evt_none again',
  ]);
});

it('returns the error of an invalid event in its place', async () => {
  const error = fieldErrors('INVALID_INPUT', [{ path: 'event', message: 'is not known' }]);
  const publish = () => Promise.reject(apiError('FORBIDDEN', 'not yours'));
  expect(await publishEach([error, publication('a', 'a'), publication('b', 'a')], publish)).toEqual([
    {
      ok: false,
      code: 'INVALID_INPUT',
      message: 'event: is not known',
      retryable: false,
      errors: [{ path: 'event', message: 'is not known' }],
    },
    { ok: false, code: 'FORBIDDEN', message: 'not yours', retryable: false, errors: [] },
    { ok: false, code: 'FORBIDDEN', message: 'not yours', retryable: false, errors: [] },
  ]);
});

it('returns the delay that an error asks for', async () => {
  const publish = () => Promise.reject(new TocsinError('UNAVAILABLE', 'busy', { retryAfterSeconds: 2 }));
  expect(await publishEach([publication('a')], publish)).toEqual([
    { ok: false, code: 'UNAVAILABLE', message: 'busy', retryable: true, errors: [], retryAfterSeconds: 2 },
  ]);
});

it('gives ordered events their turns, in the order of the list, also after one that is invalid', async () => {
  const entered: unknown[] = [];
  const delays = new Map([
    ['a', 3],
    ['b', 2],
    ['c', 1],
    ['d', 0],
  ]);
  const publish = async ({ data, place }: Publication): Promise<Published> => {
    for (let left = delays.get(String(data['name'])) ?? 0; left > 0; left--) await turn();
    if (data['name'] === 'b') throw apiError('INVALID_INPUT', 'b is not valid');
    await place?.findTurn();
    entered.push(data['name']);
    place?.pass();
    return { id: 'evt_1', deliveries: 0 };
  };
  await publishEach(
    ['a', 'b', 'c', 'd'].map((name) => publication(name)),
    publish,
    true,
  );
  expect(entered).toEqual(['a', 'c', 'd']);
});

it('fails ordered events after one that may be accepted later', async () => {
  const publish = async ({ data, place }: Publication): Promise<Published> => {
    await place?.findTurn();
    const fault = place?.findFault();
    if (fault !== undefined) throw fault;
    if (data['name'] === 'b') throw apiError('RATE_LIMITED', 'too many');
    return { id: 'evt_1', deliveries: 0 };
  };
  const other = { ...publication('other'), appId: 'other' };
  const results = await publishEach(
    [publication('a'), publication('b'), other, publication('c')],
    publish,
    true,
  );
  expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual([
    'ok',
    'RATE_LIMITED',
    'ok',
    'UNAVAILABLE',
  ]);
});
