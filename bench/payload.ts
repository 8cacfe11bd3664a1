import type { EventPayload } from '@tocsin/shared';
import { nowUs } from './clock.ts';

export const eventType = 'license.validated';

/** Size of the payload as JSON. */
const payloadBytes = 300;

/** The fields of the catalog, and three additional ones for the measurement. */
type BenchPayload = EventPayload<typeof eventType> & {
  /** Time of publishing, by `nowUs`. */
  readonly sentUs: number;
  /** Number in the run, by which the sink detects losses and duplicates. */
  readonly n: number;
  readonly note: string;
};

export type PayloadFactory = (n: number) => BenchPayload;

export function createPayloadFactory(appId: string): PayloadFactory {
  const make = (n: number, note: string): BenchPayload => ({
    licenseKey: 'A3K9-BFWX-7NP2-QHDT',
    appId,
    status: 'active',
    hwid: 'a1b2c3d4e5f6',
    sentUs: nowUs(),
    n,
    note,
  });
  const note = 'x'.repeat(payloadBytes - JSON.stringify(make(10_000, '')).length);
  return (n) => make(n, note);
}
