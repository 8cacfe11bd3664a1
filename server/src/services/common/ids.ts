import { randomBytes } from 'node:crypto';
import { encodeRandom, encodeTime, eventIdFromStem } from '../../domain/ids.ts';
import type { Ids } from '../../domain/ports/runtime.ts';

/** Random bytes are read in bulk: one system call covers about 290 ids. */
const poolBytes = 4096;
const randomLength = 14;

/** @param readRandom returns this many random bytes. @default those of the system */
export function createIds(readRandom: (size: number) => Uint8Array = randomBytes): Ids {
  let pool = readRandom(poolBytes);
  let used = 0;
  const stem = (at: number) => {
    if (used + randomLength > poolBytes) {
      pool = readRandom(poolBytes);
      used = 0;
    }
    const bytes = pool.subarray(used, used + randomLength);
    used += randomLength;
    return encodeTime(at) + encodeRandom(bytes);
  };
  const hex = (bytes: number) => Buffer.from(readRandom(bytes)).toString('hex');
  return {
    event: (at) => eventIdFromStem(stem(at)),
    replay: (at) => `rpl_${stem(at)}00`,
    webhook: () => `wh_${hex(6)}`,
    account: () => `acc_${hex(8)}`,
    app: () => `app_${hex(8)}`,
    appDeletion: (at) => `del_${stem(at)}00`,
    key: () => `key_${hex(8)}`,
    audit: (at) => `aud_${stem(at)}00`,
    alertChannel: () => `ach_${hex(6)}`,
    alertRule: () => `alr_${hex(6)}`,
    alertMessage: (at) => `alm_${stem(at)}00`,
  };
}
