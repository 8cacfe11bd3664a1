import type { SealedSecrets, SecretBox, SecretSwap, SecretSwapStore } from '../../domain/ports/secret-box.ts';

export interface ResealDeps {
  readonly store: SecretSwapStore;
  /** Seals with the new key, opens with the old ones as well. */
  readonly secretBox: SecretBox;
  /** Webhooks read and written at once. @default 200 */
  readonly batchSize?: number;
  /** Told after every batch. */
  readonly report: (progress: ResealCount) => void;
}

interface ResealCount {
  /** Webhooks looked at in this round. */
  readonly seen: number;
  /** Webhooks whose secrets were sealed anew, in all rounds. */
  readonly resealed: number;
}

export interface ResealResult {
  readonly resealed: number;
  /** Webhooks whose secrets no given key opens. */
  readonly unreadable: readonly string[];
  /** Webhooks that still have a secret under another key: a server that seals with it is running. */
  readonly remaining: number;
}

/** What changed while a round ran is found by the next. More rounds only chase a server that seals with the old key. */
const maxRounds = 5;

/**
 * Seals all webhook secrets anew with the current key, in batches, without seeing one: only their data keys are opened. What is done is skipped, so a run that was cut short is
 * finished by another; each write is made only if nothing changed since the read, so a rotation of the secret itself that
 * comes in between is not undone.
 */
export async function resealSecrets(deps: ResealDeps): Promise<ResealResult> {
  let resealed = 0;
  for (let round = 1; ; round++) {
    const { written, unreadable, remaining } = await resealOnce(deps, resealed);
    resealed += written;
    if (remaining === 0 || round === maxRounds) return { resealed, unreadable, remaining };
  }
}

async function resealOnce({ store, secretBox, batchSize = 200, report }: ResealDeps, before: number) {
  const unreadable: string[] = [];
  let written = 0;
  let wanted = 0;
  let seen = 0;
  let after: string | undefined;
  for (;;) {
    const batch = await store.listSecrets(after, batchSize);
    if (batch.length === 0) return { written, unreadable, remaining: wanted - written };
    const swaps: SecretSwap[] = [];
    for (const { id, ...from } of batch) {
      if (isDone(from, secretBox)) continue;
      const to = tryReseal(from, secretBox);
      if (to === undefined) unreadable.push(id);
      else swaps.push({ id, from, to });
    }
    wanted += swaps.length;
    written += await store.swapSecrets(swaps);
    seen += batch.length;
    after = batch.at(-1)?.id;
    report({ seen, resealed: before + written });
  }
}

function isDone({ secret, previousSecrets }: SealedSecrets, secretBox: SecretBox): boolean {
  return isCurrent(secret, secretBox) && previousSecrets.every(({ sealed }) => isCurrent(sealed, secretBox));
}

/** A text of an unknown form is not done: opening it will say that it cannot be read. */
function isCurrent(sealed: string, secretBox: SecretBox): boolean {
  try {
    return secretBox.isCurrent(sealed);
  } catch {
    return false;
  }
}

function tryReseal(
  { secret, previousSecrets }: SealedSecrets,
  secretBox: SecretBox,
): SealedSecrets | undefined {
  try {
    return {
      secret: secretBox.reseal(secret),
      previousSecrets: previousSecrets.map(({ sealed, until }) => ({
        sealed: secretBox.reseal(sealed),
        until,
      })),
    };
  } catch {
    return undefined;
  }
}
