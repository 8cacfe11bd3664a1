import Fastify, { type FastifyInstance } from 'fastify';
import helmet from '@fastify/helmet';
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { registerSecurityHeaders } from './transport/security-headers.ts';
import { requestIdOf } from './transport/request-id.ts';

async function make(kind: 'bare' | 'old' | 'ours' | 'helmet'): Promise<{ app: FastifyInstance; pool: Pool }> {
  const app = Fastify({ logger: false, genReqId: kind === 'ours' ? requestIdOf : () => randomUUID() });
  if (kind === 'ours') registerSecurityHeaders(app, { isProduction: true });
  if (kind === 'helmet') await app.register(helmet, {});
  if (kind === 'old' || kind === 'helmet')
    app.addHook('onSend', async (r, reply) => {
      reply.header('x-request-id', r.id);
    });
  app.post(
    '/v1/apps/:appId/events',
    async (_r, reply) => await reply.code(202).send({ eventId: 'evt_1', deliveries: 1 }),
  );
  const url = await app.listen({ port: 0 });
  return { app, pool: new Pool(url, { connections: 16, pipelining: 1 }) };
}
const body = JSON.stringify({
  event: 'user.login',
  data: { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h' },
});
async function round(pool: Pool, n: number) {
  const started = process.cpuUsage();
  const t = performance.now();
  let left = n;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) {
        const r = await pool.request({
          method: 'POST',
          path: '/v1/apps/a/events',
          headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
          body,
        });
        await r.body.dump();
      }
    }),
  );
  const cpu = process.cpuUsage(started);
  return { us: ((performance.now() - t) * 1000) / n, cpu: (cpu.user + cpu.system) / n };
}
const kinds = ['bare', 'old', 'ours', 'helmet'] as const;
const made = Object.fromEntries(await Promise.all(kinds.map(async (k) => [k, await make(k)] as const)));
for (const k of kinds) await round(made[k]!.pool, 8000);
const res: Record<string, number[]> = {};
for (let i = 0; i < 15; i++)
  for (const k of kinds) {
    const r = await round(made[k]!.pool, 4000);
    (res[k] ??= []).push(r.cpu);
  }
for (const k of kinds) {
  const s = res[k]!.sort((a, b) => a - b);
  console.log(k, 'min', s[0]!.toFixed(1), 'median cpu us/request (client+server)', s[7]!.toFixed(1));
}
for (const k of kinds) {
  await made[k]!.pool.close();
  await made[k]!.app.close();
}
// hook alone
const fakeReply = () => {
  const h: Record<string, string> = {};
  return {
    header(n: string, v: string) {
      h[n.toLowerCase()] = v;
      return this;
    },
    h,
  };
};
let hook: any;
registerSecurityHeaders(
  {
    addHook: (_: string, f: any) => {
      hook = f;
    },
  } as any,
  { isProduction: true },
);
for (const w of [0, 1, 2]) {
  const t = performance.now();
  for (let i = 0; i < 1e6; i++) hook({ id: 'x', protocol: 'http' }, fakeReply(), () => {});
  if (w === 2) console.log('hook alone us', ((performance.now() - t) / 1e3).toFixed(3));
}
const { scrub } = await (async () => ({
  scrub: (await import('./telemetry/scrub.ts')).createScrubber(['a_root_token_of_tests', 'x'.repeat(44)]),
}))();
const line = JSON.stringify({
  level: 30,
  time: new Date().toISOString(),
  webhookId: 'wh_0123456789ab',
  appId: 'app_demo',
  reason: 'gone',
  msg: 'webhook disabled',
});
{
  for (let i = 0; i < 1e5; i++) scrub(line);
  const t = performance.now();
  for (let i = 0; i < 1e5; i++) scrub(line);
  console.log('scrub us/line', (((performance.now() - t) * 1000) / 1e5).toFixed(2));
}
