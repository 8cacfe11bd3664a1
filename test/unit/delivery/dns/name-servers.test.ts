import { expect, test } from 'vitest';
import { parseNameServers } from '../../../../server/src/delivery/dns/name-servers.ts';

test.each([
  ['', []],
  ['10.0.0.2', ['10.0.0.2']],
  ['10.0.0.2, 10.0.0.3:5353,', ['10.0.0.2', '10.0.0.3:5353']],
  ['fd00::2,[fd00::2]:65535', ['fd00::2', '[fd00::2]:65535']],
  ['10.0.0.2:1', ['10.0.0.2:1']],
])('takes the name servers %j', (text, servers) => {
  expect(parseNameServers(text)).toEqual({ servers, errors: [] });
});

test.each([
  'ns.example.com',
  '10.0.0',
  '10.0.0.2:0',
  '10.0.0.2:65536',
  '10.0.0.2:53a',
  'x10.0.0.2:53',
  'x[fd00::2]:53',
  'x:10.0.0.2:53',
  ':53',
  '[fd00::2]',
  '[fd00::2]:',
  '[10.0.0.2]:53',
  '10.0.0.2 10.0.0.3',
  'https://10.0.0.2',
])('rejects the name server %s', (entry) => {
  expect(parseNameServers(`10.0.0.9,${entry}`)).toEqual({
    servers: ['10.0.0.9'],
    errors: [`"${entry}" is not an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:5353`],
  });
});
