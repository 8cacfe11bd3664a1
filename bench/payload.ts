import type { EventPayload } from '@tocsin/shared';
import { nowUs } from './clock.ts';

export const eventType = 'license.validated';

/** As JSON; the size that the peers in README.md were measured with. */
const payloadBytes = 300;

/** The cataloged fields, and three of ours that every receiver gets as they came. */
type BenchPayload = EventPayload<typeof eventType> & {
  /** When it was published, on the clock of clock.ts. */
  readonly sentUs: number;
  /** Its number in the run, so that the sink can tell a loss from a duplicate. */
  readonly n: number;
  readonly note: string;
};

export type MakePayload = (n: number) => BenchPayload;

export function payloadMaker(appId: string): MakePayload {
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
