import { fetchReceiver } from './fetch.ts';

/**
 * Creates a route handler of the App Router of Next.js. Rejects with the error of `handler`, for which Next.js
 * responds with 500. API routes of the Pages Router use `nodeReceiver`, with `bodyParser: false` in their `config`.
 *
 * @param options the secret and the profile; a function as `secret` gets the request and the parameters of the route
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * export const POST = nextReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * });
 */
export const nextReceiver = fetchReceiver;
