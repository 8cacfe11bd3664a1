import { expect, it } from 'vitest';
import { toClientNetwork } from '../../../../server/src/transport/http/client-network.ts';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['::1', '::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['not an address', 'unknown'],
  ['', 'unknown'],
])('the client %j counts as %j', (address, network) => {
  expect(toClientNetwork(address)).toBe(network);
});
