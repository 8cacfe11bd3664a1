/*
 * Source texts of a team with many own events: their schemas, their generated map, and a service that
 * publishes and receives them. An event has seven fields, one of them a list of objects.
 */

function eventName(n: number): string {
  return `family${n % 12}.thing${n}.changed`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function exampleText(n: number): string {
  return `{ id: 'x', owner${n}: 'x', amount: 1, note: null, isActive: true, status: 'open', lines: [{ sku: 'a', count: ${n} }] }`;
}

/** A catalog of `count` events, with schemas of zod. */
export function schemasProgram(count: number): string {
  const definitions = range(count).map(
    (n) => `  '${eventName(n)}': {
    description: 'Something happens.',
    schema: z.object({ id: z.string(), owner${n}: z.string(), amount: z.int(), note: z.string().nullable(), isActive: z.boolean(), status: z.enum(['open', 'closed']), lines: z.array(z.object({ sku: z.string(), count: z.number() })) }),
    example: ${exampleText(n)},
  },`,
  );
  return `import * as z from 'zod';
import { defineCatalog, type EventsOf } from '@tocsin/client/catalog';
export const acme = defineCatalog({
${definitions.join('\n')}
});
export interface Acme extends EventsOf<typeof acme> {}
`;
}

/** The map of the same events, as \`tocsin types\` writes it. */
export function mapProgram(count: number): string {
  const fields = (n: number) =>
    `{ id: string; owner${n}: string; amount: number; note: string | null; isActive: boolean; status: 'open' | 'closed'; lines: { sku: string; count: number }[] }`;
  const sides = range(count).map(
    (n) => `  '${eventName(n)}': { input: ${fields(n)}; output: ${fields(n)} };`,
  );
  return `export interface Acme {\n${sides.join('\n')}\n}\n`;
}

/** A service that uses the events of \`./acme.ts\`. */
export function consumerProgram(count: number): string {
  const some = range(20).map((n) => n * Math.floor(count / 20));
  return `import { createTocsinClient, type EventData, type EventName, type NameArg } from '@tocsin/client';
import { verify } from '@tocsin/client/receiver';
import type { Acme } from './acme.ts';
const tocsin = createTocsinClient<Acme>({ url: 'u', token: 't' });
const appId = 'a';
${some.map((n) => `void tocsin.publish('${eventName(n)}', { appId, data: ${exampleText(n)} });`).join('\n')}
void tocsin.publishMany([
${some.map((n) => `  { type: '${eventName(n)}', appId, data: ${exampleText(n)} },`).join('\n')}
]);
void tocsin.webhooks.create.mutate({ appId, url: 'https://a', events: ['family1.*', '*', '${eventName(0)}'] });
export function publish<K extends EventName<Acme>>(type: NameArg<K, EventName<Acme>>, data: EventData<K, Acme>) {
  return tocsin.publish<K>(type, { appId, data });
}
export async function follow() {
  for await (const event of tocsin.events.subscribe({ types: ['family2.*'] })) console.log(event.type);
}
export async function receive(request: Request) {
  const event = await verify<Acme>(request, { secret: 's', types: ['*'] });
  switch (event.type) {
${some.map((n) => `    case '${eventName(n)}': return event.data.owner${n};`).join('\n')}
    case 'unknown': return event.eventType;
    default: return event.data.id;
  }
}
`;
}
