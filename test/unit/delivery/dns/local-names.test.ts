import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalNames } from '../../../../server/src/delivery/dns/local-names.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'local-names-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function write({ hosts = '', resolvConf = '' }: { readonly hosts?: string; readonly resolvConf?: string }) {
  const options = { hostsPath: join(folder, 'hosts'), resolvConfPath: join(folder, 'resolv.conf') };
  writeFileSync(options.hostsPath, hosts);
  writeFileSync(options.resolvConfPath, resolvConf);
  return new LocalNames(options);
}

describe('localhost', () => {
  test.each(['localhost', 'hooks.localhost'])('(%s) is the loopback interface', async (name) => {
    const names = write({ hosts: '10.0.0.1 localhost hooks.localhost' });

    expect(await names.find(name)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  test('is not part of another name', async () => {
    expect(await write({}).find('mylocalhost')).toEqual([]);
    expect(await write({}).find('localhost.test')).toEqual([]);
  });
});

describe('the hosts file', () => {
  const hosts = [
    '# 10.0.0.9 receiver',
    '10.0.0.1\treceiver.test  Receiver # not receiver2',
    'fd00::1 receiver',
    'nonsense receiver',
    '  10.0.0.7\t \tspaced  ',
    '',
  ].join('\n');

  test('has the addresses of all lines with the name, in any case', async () => {
    expect(await write({ hosts }).find('receiver')).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: 'fd00::1', family: 6 },
    ]);
    expect(await write({ hosts }).find('receiver.test')).toEqual([{ address: '10.0.0.1', family: 4 }]);
    expect(await write({ hosts }).find('spaced')).toEqual([{ address: '10.0.0.7', family: 4 }]);
  });

  test.each(['receiver2', 'test', 'other'])('does not have %s', async (name) => {
    expect(await write({ hosts }).find(name)).toEqual([]);
  });

  test('is read again after a change, and may be absent', async () => {
    const names = write({ hosts });
    writeFileSync(join(folder, 'hosts'), '10.0.0.2 receiver');
    expect(await names.find('receiver')).toEqual([{ address: '10.0.0.2', family: 4 }]);
    rmSync(join(folder, 'hosts'));
    expect(await names.find('receiver')).toEqual([]);
  });
});

describe('the names to ask for', () => {
  test.each([
    ['', 'receiver', ['receiver']],
    ['search a.test b.test.', 'receiver', ['receiver.a.test', 'receiver.b.test', 'receiver']],
    ['search a.test', 'receiver.test', ['receiver.test', 'receiver.test.a.test']],
    ['search a.test\noptions timeout:1 ndots:2', 'receiver.test', ['receiver.test.a.test', 'receiver.test']],
    ['search a.test\noptions ndots:0', 'receiver', ['receiver', 'receiver.a.test']],
    ['domain a.test', 'receiver', ['receiver.a.test', 'receiver']],
    ['  domain   a.test b.test', 'receiver', ['receiver.a.test', 'receiver']],
    ['search a.test\noptions ndots:12', 'a.b.c', ['a.b.c.a.test', 'a.b.c']],
    ['search a.test\noptions timeout:1 xndots:2', 'a.b', ['a.b', 'a.b.a.test']],
    ['search a.test\noptions ndots:2\noptions timeout:1', 'a.b', ['a.b.a.test', 'a.b']],
    ['domain a.test\nsearch b.test', 'receiver', ['receiver.b.test', 'receiver']],
    [
      '# search a.test\nsearch . b.test ; c.test\nnameserver 10.0.0.1',
      'receiver',
      ['receiver.b.test', 'receiver'],
    ],
  ])('with %j for %s', async (resolvConf, name, candidates) => {
    expect(await write({ resolvConf }).getCandidates(name)).toEqual(candidates);
  });

  test('are those names alone without a resolv.conf', async () => {
    const names = new LocalNames({ resolvConfPath: join(folder, 'absent') });
    expect(await names.getCandidates('receiver')).toEqual(['receiver']);
  });
});
