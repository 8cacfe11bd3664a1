import { expect, it } from 'vitest';
import { toUserAgent } from '../../../client/src/user-agent.ts';
import { version } from '../../../server/src/version.ts';

it('names the version of the package and the runtime, and nothing in a browser', () => {
  const client = `tocsin-client/${version}`;
  expect(toUserAgent({ node: '20.19.0', v8: '11' })).toBe(`${client} node/20.19.0`);
  expect(toUserAgent({ node: '22.6.0', bun: '1.3.0' })).toBe(`${client} bun/1.3.0`);
  expect([toUserAgent({}), toUserAgent(undefined)]).toEqual([undefined, undefined]);
});
