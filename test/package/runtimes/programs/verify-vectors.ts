import {
  explainFailure,
  isWebhookVerificationError,
  safeVerify,
  type VerifyOptions,
  type WebhookRequest,
} from '@tocsin/client/receiver';
import type { RuntimeSettings, SignedVector } from '../settings.ts';

/** Verifies requests with known signatures, as a `Request` of the runtime, as bytes and as text. */
export async function verifyVectors({ vectors }: RuntimeSettings) {
  const wrong: string[] = [];
  for (const vector of vectors) {
    for (const [form, request] of toRequests(vector)) {
      const result = await safeVerify(request, toOptions(vector));
      if (!result.ok && !isWebhookVerificationError(result.error))
        wrong.push(`${vector.name}: another error`);
      if (result.ok !== vector.verifies) wrong.push(`${vector.name} as ${form}`);
    }
  }
  const forged = vectors.find(({ verifies, profile }) => !verifies && profile === 'standard');
  if (forged === undefined) throw new Error('no forged vector');
  const { code } = await explainFailure({ body: forged.body, headers: forged.headers }, toOptions(forged));
  return { checked: vectors.length, wrong, code };
}

function toOptions({ profile, secrets, now }: SignedVector): VerifyOptions {
  return { profile, secrets, ...(now === undefined ? {} : { now: () => now * 1000 }) };
}

function toRequests({ headers, body }: SignedVector): readonly (readonly [string, WebhookRequest])[] {
  const bytes = new TextEncoder().encode(body);
  return [
    ['Request', new Request('http://receiver.example/', { method: 'POST', headers, body: bytes })],
    ['bytes', { body: bytes, headers }],
    ['text', { body, headers: new Headers(headers) }],
  ];
}
