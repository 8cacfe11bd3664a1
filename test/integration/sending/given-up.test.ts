import { describe, expect, test, vi } from 'vitest';
import type { ResolvedAddress } from '../../../server/src/delivery/dns/resolver.ts';
import { answer, HostileReceiver, type Behavior } from '../../support/hostile-receiver.ts';
import {
  deadlineMs,
  ok,
  openSender,
  toOutcome,
  requestTo,
  shortDeadlineMs,
  stopTime,
  waitInStoppedTime,
} from './fixtures.ts';

const loopback: readonly ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }];

/** Answers of a receiver that wait until the test releases them. */
function heldAnswers() {
  const held: (() => void)[] = [];
  let isReleased = false;
  const behavior: Behavior = (socket) => {
    if (isReleased) socket.write(ok);
    else held.push(() => socket.write(ok));
  };
  const release = () => {
    isReleased = true;
    for (const answerNow of held.splice(0)) answerNow();
  };
  return { behavior, release };
}

const pathsOf = (receiver: HostileReceiver) => receiver.requests.map((request) => request.split(' ')[1]);

describe('a request whose deadline passes', () => {
  test('while its name is resolved opens no connection when the name server finally responds', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    let resolveLate: (addresses: readonly ResolvedAddress[]) => void = () => undefined;
    const late = new Promise<readonly ResolvedAddress[]>((resolve) => (resolveLate = resolve));
    let questions = 0;
    await using sender = openSender({
      resolver: () => (questions++ === 0 ? late : Promise.resolve(loopback)),
    });
    const origin = `http://receiver.test:${receiver.port}`;

    expect(toOutcome(await sender.send(requestTo(origin, { deadlineMs: 50 })))).toBe('timeout');
    resolveLate(loopback);
    await late;
    // The connection of this request is made after any that the late answer had led to.
    expect(toOutcome(await sender.send(requestTo(origin)))).toBe('answered 200');

    expect(questions).toBe(2);
    expect(receiver.connections).toBe(1);
  });

  test('while it is sent gives its place to the next one, on a new connection', async () => {
    let isFirst = true;
    await using receiver = await HostileReceiver.listen((socket) => {
      if (!isFirst) socket.write(ok);
      isFirst = false;
    });
    await using sender = openSender({ maxConnectionsPerPool: 1, maxWaitMs: deadlineMs });

    stopTime();
    const hanging = sender.send(requestTo(receiver.origin, { path: '/1', deadlineMs: shortDeadlineMs }));
    const next = sender.send(requestTo(receiver.origin, { path: '/2' }));
    await waitInStoppedTime(() => receiver.requests.length === 1);
    vi.advanceTimersByTime(shortDeadlineMs);

    expect(toOutcome(await hanging)).toBe('timeout');
    expect(toOutcome(await next)).toBe('answered 200');
    expect(pathsOf(receiver)).toEqual(['/1', '/2']);
    expect(receiver.connections).toBe(2);
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(1);
  });
});

describe('a request that waits for a connection', () => {
  test('is given up after a while, and never sent', async () => {
    const { behavior, release } = heldAnswers();
    await using receiver = await HostileReceiver.listen(behavior);
    await using sender = openSender({ maxConnectionsPerPool: 1, maxWaitMs: 50 });
    const send = (path: string) => sender.send(requestTo(receiver.origin, { path }));

    const first = send('/first');
    const givenUp = await Promise.all([send('/given-up-1'), send('/given-up-2')]);
    expect(givenUp).toMatchObject([
      { kind: 'unanswered', reason: 'not_sent', detail: 'no_connection', durationMs: 0 },
      { kind: 'unanswered', reason: 'not_sent', detail: 'no_connection', durationMs: 0 },
    ]);
    release();

    expect(toOutcome(await first)).toBe('answered 200');
    expect(toOutcome(await send('/last'))).toBe('answered 200');
    expect(pathsOf(receiver)).toEqual(['/first', '/last']);
    expect(receiver.connections).toBe(1);
  });

  test('has its whole time after that: the deadline begins when it gets the connection', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await HostileReceiver.listen((socket) => answers.push(() => socket.write(ok)));
    await using sender = openSender({ maxConnectionsPerPool: 1, maxWaitMs: deadlineMs });

    stopTime();
    const first = sender.send(requestTo(receiver.origin, { path: '/first' }));
    const second = sender.send(requestTo(receiver.origin, { path: '/second', deadlineMs: 50 }));
    await waitInStoppedTime(() => answers.length === 1);
    // Longer than the deadline of the second request, which therefore does not run yet.
    vi.advanceTimersByTime(100);
    answers[0]?.();

    expect(toOutcome(await first)).toBe('answered 200');
    await waitInStoppedTime(() => answers.length === 2);
    expect(pathsOf(receiver)).toEqual(['/first', '/second']);
    vi.advanceTimersByTime(50);
    expect(toOutcome(await second)).toBe('timeout');
  });
});

describe('an origin', () => {
  test('with a request under way is not forgotten, however long that takes', async () => {
    const { behavior, release } = heldAnswers();
    await using busy = await HostileReceiver.listen(behavior);
    await using idle = await HostileReceiver.listen(answer(ok));
    // Idle connections outlast the test, so that only a forgotten origin closes one.
    await using sender = openSender({
      forgetOriginAfterMs: 40,
      keepAliveMs: 60_000,
      maxConnectionsPerPool: 1,
      maxWaitMs: deadlineMs,
    });

    const first = sender.send(requestTo(busy.origin));
    await expect.poll(() => busy.requests.length, { interval: 5 }).toBe(1);
    await sender.send(requestTo(idle.origin));
    // It was used last and is forgotten, so the busy one was looked at and kept.
    await expect.poll(() => idle.open, { interval: 5 }).toBe(0);

    const second = sender.send(requestTo(busy.origin));
    release();
    expect((await Promise.all([first, second])).map(toOutcome)).toEqual(['answered 200', 'answered 200']);
    expect(busy.connections).toBe(1);
  });
});
