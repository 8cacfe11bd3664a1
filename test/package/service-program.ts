/**
 * Source text of a user's service. A text, because it runs with an installed client and not with the sources. It creates
 * a webhook, publishes an event, verifies the delivery, and prints what it received. Reads TOCSIN_URL, TOCSIN_TOKEN and
 * APP_ID.
 */
export const serviceProgram = `
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createTocsinClient } from '@tocsin/client';
import { verify } from '@tocsin/client/receiver';

const { TOCSIN_URL, TOCSIN_TOKEN, APP_ID } = process.env;
const tocsin = createTocsinClient({ url: TOCSIN_URL, token: TOCSIN_TOKEN });
let secret;
const receiver = createServer(async (request, response) => {
  const event = await verify({ body: await text(request), headers: request.headers }, { secret });
  response.end();
  receiver.emit('verified', event);
});
const received = new Promise((resolve) => receiver.once('verified', resolve));
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + receiver.address().port + '/webhook';
({ secret } = await tocsin.webhooks.create.mutate({ appId: APP_ID, url, events: ['user.login'] }));
const data = { userId: 'usr_1', username: 'ada', ip: '192.0.2.1', hwid: 'HWID-1' };
await tocsin.publish('user.login', { appId: APP_ID, data });
const event = await received;
await tocsin.close();
receiver.close();
receiver.closeAllConnections();
console.log(JSON.stringify({ type: event.type, username: event.data.username }));
`;

/** What the program prints. */
export const serviceResult = { type: 'user.login', username: 'ada' };
