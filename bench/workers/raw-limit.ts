import { createHmac, createSecretKey } from 'node:crypto';
import { Pool } from 'undici';
import { nowUs } from '../clock.ts';
import { eventType, createPayloadFactory } from '../payload.ts';
import { serve } from '../worker.ts';

/*
 * Measures how much one Node process can send on this machine: the same signed bodies with the server's
 * concurrency per webhook, without a database.
 */

export interface RawJob {
  readonly origin: string;
  readonly path: string;
  readonly requests: number;
  readonly concurrency: number;
  readonly from?: number;
}

/** Created once, as in the server. */
const key = createSecretKey(Buffer.from('whsec_bench-secret-of-a-common-length', 'utf8'));

/**
 * A request with AuthForge's signature. It does not use the server's code, so that changes there do not
 * affect it.
 */
function signedRequest(n: number, data: string) {
  const timestamp = new Date().toISOString();
  const body = `{"event":"${eventType}","timestamp":"${timestamp}","data":${data}}`;
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-authforge-event': eventType,
      'x-authforge-timestamp': timestamp,
      'x-authforge-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      'user-agent': 'Tocsin-Webhook/1.0',
      'webhook-id': `evt_${n}`,
    },
  };
}

const commands = {
  post: async (job: RawJob) => {
    const pool = new Pool(job.origin, { connections: job.concurrency, pipelining: 1 });
    const make = createPayloadFactory('raw');
    let next = job.from ?? 0;
    const end = next + job.requests;
    const startedUs = nowUs();
    const worker = async () => {
      while (next < end) {
        const n = next++;
        const { headers, body } = signedRequest(n, JSON.stringify(make(n)));
        const response = await pool.request({ method: 'POST', path: job.path, headers, body });
        await response.body.dump();
        if (response.statusCode !== 200) throw new Error(`the sink returned ${response.statusCode}`);
      }
    };
    await Promise.all(Array.from({ length: job.concurrency }, worker));
    await pool.close();
    return { startedUs };
  },
};

export type RawCommands = typeof commands;

serve(commands);
