import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import {
  answer,
  answerAndEnd,
  answerAndReset,
  HostileReceiver,
  type Behavior,
} from '../../support/hostile-receiver.ts';
import { subscribe } from '../../support/publishing.ts';
import { untilDelivery } from '../../support/waits.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const app = useTestApp({ env: { RETRY_SCHEDULE: '1h' } });

describe('an event whose receiver responds 2xx is delivered once, and its attempt shows the status, after', () => {
  it.each<[string, Behavior, number, string]>([
    ['an unasked 100 Continue', answer(`HTTP/1.1 100 Continue\r\n\r\n${ok}`), 200, 'ok'],
    ['a folded header', answer(`HTTP/1.1 201 Created\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n`), 201, ''],
    ['a 204 with a body', answer('HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\nok'), 204, ''],
    ['a body that is too short', answerAndEnd('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok'), 200, 'ok'],
    ['a reset in the body', answerAndReset('HTTP/1.1 202 OK\r\ncontent-length: 9\r\n\r\nok'), 202, 'ok'],
  ])('%s', async (_what, behavior, statusCode, reply) => {
    await using receiver = await HostileReceiver.listen(behavior);
    const { publish } = await subscribe(app, `${receiver.origin}/`);

    const delivery = await untilDelivery(app, await publish(), 'delivered');

    expect(delivery.attempts).toMatchObject([{ statusCode, reply, reason: null }]);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('an attempt', () => {
  it('whose response breaks off in its headers shows the status next to the reason', async () => {
    await using receiver = await HostileReceiver.listen(answerAndEnd('HTTP/1.1 200 OK\r\nx: '));
    const { publish } = await subscribe(app, `${receiver.origin}/`);

    const delivery = await untilDelivery(app, await publish(), { attemptCount: 1 });

    expect(delivery).toMatchObject({ status: 'pending', reason: 'awaiting_retry' });
    expect(delivery.attempts).toMatchObject([{ statusCode: 200, reason: 'connection_reset' }]);
  });

  it('on a connection that the receiver has closed meanwhile counts once, and succeeds', async () => {
    let requests = 0;
    await using receiver = await HostileReceiver.listen((socket) => {
      if (++requests === 2) socket.end();
      else socket.write(ok);
    });
    const { publish } = await subscribe(app, `${receiver.origin}/`);

    await untilDelivery(app, await publish(), 'delivered');
    const delivery = await untilDelivery(app, await publish(), 'delivered');

    expect(delivery.attempts).toMatchObject([{ statusCode: 200, reason: null }]);
    expect(receiver.requests).toHaveLength(3);
  });
});
