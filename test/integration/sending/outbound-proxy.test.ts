import { describe, expect, test, vi } from 'vitest';
import { parseOutboundProxy, type ProxyOptions } from '../../../server/src/delivery/http/outbound-proxy.ts';
import { noAllowedTargets, parseAllowedTargets } from '../../../server/src/delivery/ssrf/allowed-targets.ts';
import { ConnectProxy, type ConnectAnswer } from '../../support/connect-proxy.ts';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import {
  ok,
  openSender,
  requestTo,
  shortDeadlineMs,
  stopTime,
  toOutcome,
  waitInStoppedTime,
} from './fixtures.ts';

/** A public address, which only the proxy of a test leads anywhere. */
const publicAddress = '93.184.215.14';
const resolveTo =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

const through = (url: string, change: Partial<ProxyOptions> = {}): ProxyOptions => ({
  proxy: parseOutboundProxy(url),
  except: noAllowedTargets,
  ...change,
});

describe('a request through a proxy', () => {
  test.each([false, true])(
    'goes to the checked address, with TLS of its own inside (https: %s)',
    async (isTls) => {
      await using receiver = await HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok) });
      await using proxy = await ConnectProxy.start({ answer: () => receiver, isTls, credentials: 'me:a b' });
      await using sender = openSender({
        allowPrivateTargets: false,
        ports: [receiver.port],
        resolver: resolveTo(publicAddress),
        outboundProxy: through(`http${isTls ? 's' : ''}://me:a%20b@localhost:${proxy.port}`),
      });

      for (let request = 0; request < 2; request++) {
        const result = await sender.send(requestTo(receiver.originFor('receiver.test')));
        expect(toOutcome(result)).toBe('answered 200');
      }
      expect(proxy.authorities).toEqual([`${publicAddress}:${receiver.port}`]);
      expect(proxy.heads[0]).toContain(`\r\nhost: ${publicAddress}:${receiver.port}\r\n`);
      expect(receiver.serverNames).toEqual(['receiver.test']);
      expect(receiver.requests[0]).toContain(`host: receiver.test:${receiver.port}\r\n`);
      expect(receiver.requests[0]).not.toMatch(/proxy-authorization/i);
    },
  );

  test('checks the certificate of the receiver against its name', async () => {
    await using receiver = await HostileReceiver.listen({ certificate: 'wrong-host', onRequest: answer(ok) });
    await using proxy = await ConnectProxy.start({ answer: () => receiver });
    await using sender = openSender({
      resolver: resolveTo(publicAddress),
      outboundProxy: through(`http://127.0.0.1:${proxy.port}`),
    });

    const result = await sender.send(requestTo(receiver.originFor('receiver.test')));
    expect(toOutcome(result)).toBe('tls_wrong_host');
    expect(receiver.requests).toEqual([]);
  });

  test.each([['10.0.0.1'], ['127.0.0.1'], [publicAddress, '169.254.169.254'], ['::1']])(
    'is refused if a name leads to %s, before the proxy is asked',
    async (...addresses) => {
      await using proxy = await ConnectProxy.start({ answer: () => ({ status: 200 }) });
      await using sender = openSender({
        allowPrivateTargets: false,
        resolver: resolveTo(...addresses),
        outboundProxy: through(`http://127.0.0.1:${proxy.port}`),
      });

      expect(toOutcome(await sender.send(requestTo('https://receiver.test')))).toBe('address_refused');
      expect(proxy.heads).toEqual([]);
    },
  );

  test('without TLS goes through a tunnel, too, if private targets are allowed', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using proxy = await ConnectProxy.start({ answer: () => receiver });
    await using sender = openSender({ outboundProxy: through(`http://127.0.0.1:${proxy.port}`) });

    for (let request = 0; request < 2; request++) {
      expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    }
    expect(proxy.authorities).toEqual([`127.0.0.1:${receiver.port}`]);
  });

  test.each([
    ['its host', 'localhost'],
    ['its address', '127.0.0.0/8, ::1'],
  ])('does not use it if an exception has %s', async (_what, except) => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using proxy = await ConnectProxy.start({ answer: () => ({ status: 502 }) });
    await using sender = openSender({
      resolver: resolveTo('127.0.0.1'),
      outboundProxy: through(`http://127.0.0.1:${proxy.port}`, { except: parseAllowedTargets(except) }),
    });

    expect(toOutcome(await sender.send(requestTo(receiver.originFor('localhost'))))).toBe('answered 200');
    expect(proxy.heads).toEqual([]);
  });
});

describe('a proxy', () => {
  const sendThrough = async (url: string, change: Partial<ProxyOptions> = {}) => {
    const causes: string[] = [];
    const warnings: object[] = [];
    const ignore = (): void => undefined;
    await using sender = openSender({
      resolver: resolveTo(publicAddress, '93.184.215.15'),
      outboundProxy: through(url, change),
      meter: { countUnsent: (cause) => causes.push(cause) },
      log: { debug: ignore, info: ignore, error: ignore, warn: (fields) => warnings.push(fields) },
    });
    const result = await sender.send(requestTo('https://receiver.test'));
    return { result, causes, warnings };
  };

  test.each<[string, ConnectAnswer, string]>([
    ['asks for other credentials', { status: 407 }, 'status 407 of the proxy'],
    ['forbids the tunnel', { status: 403 }, 'status 403 of the proxy'],
    ['is broken', { status: 500 }, 'status 500 of the proxy'],
    ['speaks no HTTP', { text: 'SSH-2.0-x\r\n\r\n' }, 'not HTTP'],
    ['sends headers without end', { text: 'HTTP/1.1 200 OK\r\nx: '.padEnd(17_000, 'y') }, 'not HTTP'],
    ['sends bytes of its own', { text: 'HTTP/1.1 200 OK\r\n\r\nhello' }, 'unexpected bytes'],
  ])('that %s is no failure of the receiver', async (_what, way, detail) => {
    await using proxy = await ConnectProxy.start({ answer: () => way });
    const { result, causes, warnings } = await sendThrough(`http://me:s3cret@127.0.0.1:${proxy.port}`);

    expect(result).toMatchObject({ kind: 'unanswered', reason: 'not_sent', detail });
    expect(causes).toEqual(['proxy_failed']);
    expect(warnings).toEqual([{ cause: 'proxy_failed', detail, notLogged: 0 }]);
    expect(JSON.stringify([result, warnings])).not.toMatch(/s3cret|bWU6/);
    expect(proxy.heads).toHaveLength(1);
  });

  test('that is away is no failure of the receiver', async () => {
    const { port } = await findClosedPort();
    const { result, causes } = await sendThrough(`http://127.0.0.1:${port}`);
    expect(result).toMatchObject({ reason: 'not_sent', detail: 'ECONNREFUSED' });
    expect(causes).toEqual(['proxy_failed']);
  });

  test('that answers nothing is no failure of the receiver', async () => {
    await using proxy = await ConnectProxy.start({ answer: () => 'hang' });
    const { result, causes } = await sendThrough(`http://127.0.0.1:${proxy.port}`, { timeoutMs: 50 });
    expect(result).toMatchObject({ reason: 'not_sent', detail: 'no tunnel within 50 ms' });
    expect(causes).toEqual(['proxy_failed']);
  });

  test('whose certificate is not trusted is no failure of the receiver', async () => {
    await using proxy = await ConnectProxy.start({ answer: () => 'hang', isTls: true });
    await using sender = openSender({
      resolver: resolveTo(publicAddress),
      outboundProxy: through(`https://127.0.0.1:${proxy.port}`),
      ca: [],
    });
    expect(toOutcome(await sender.send(requestTo('https://receiver.test')))).toBe('not_sent');
  });

  test('that answers other requests meanwhile waits for the receiver', async () => {
    await using receiver = await HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok) });
    await using proxy = await ConnectProxy.start({
      answer: (authority) => (authority.endsWith(':8443') ? 'hang' : receiver),
    });
    await using sender = openSender({
      resolver: resolveTo(publicAddress),
      outboundProxy: through(`http://127.0.0.1:${proxy.port}`, { timeoutMs: shortDeadlineMs }),
    });
    stopTime();
    const hanging = sender.send(requestTo('https://receiver.test:8443'));
    await waitInStoppedTime(() => proxy.heads.length === 1);
    vi.advanceTimersByTime(shortDeadlineMs - 1);
    await sender.send(requestTo(receiver.originFor('receiver.test')));
    vi.advanceTimersByTime(1);
    expect(toOutcome(await hanging)).toBe('timeout');
  });

  test('that answers a question of its own waits for the receiver', async () => {
    await using proxy = await ConnectProxy.start({
      answer: (authority) => (authority === '*' ? { status: 405 } : 'hang'),
    });
    const { result, causes } = await sendThrough(`http://me:s3cret@127.0.0.1:${proxy.port}`, {
      timeoutMs: 50,
    });
    expect(result).toMatchObject({ reason: 'timeout', detail: 'no tunnel within 50 ms' });
    expect(causes).toEqual([]);
    expect(proxy.heads.map((head) => head.split(' HTTP')[0])).toEqual([
      `CONNECT ${publicAddress}:443`,
      'OPTIONS *',
    ]);
    // The credentials are for tunnels.
    expect(proxy.heads[1]).not.toContain('authorization');
  });

  test.each([502, 503, 504])(
    'that answers %i does not reach the receiver, at any address',
    async (status) => {
      await using proxy = await ConnectProxy.start({ answer: () => ({ status }) });
      const { result, causes } = await sendThrough(`http://127.0.0.1:${proxy.port}`);
      expect(result).toMatchObject({ reason: 'connect_failed', detail: `status ${status} of the proxy` });
      expect(causes).toEqual([]);
      expect(proxy.authorities).toEqual([`${publicAddress}:443`, '93.184.215.15:443']);
    },
  );

  test('that does not reach the first address is asked for the next one', async () => {
    await using receiver = await HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok) });
    await using proxy = await ConnectProxy.start({
      answer: (authority) => (authority.startsWith('[2606:') ? { status: 503 } : receiver),
    });
    await using sender = openSender({
      resolver: resolveTo('2606:2800:21f:cb07::1', publicAddress),
      outboundProxy: through(`http://127.0.0.1:${proxy.port}`),
    });

    expect(toOutcome(await sender.send(requestTo('https://receiver.test')))).toBe('answered 200');
    expect(proxy.authorities).toEqual(['[2606:2800:21f:cb07::1]:443', `${publicAddress}:443`]);
  });
});

/** A port of loopback on which nothing listens. */
async function findClosedPort(): Promise<{ port: number }> {
  await using proxy = await ConnectProxy.start({ answer: () => 'hang' });
  return { port: proxy.port };
}
