import type {
  SealedField,
  SealedFields,
  SecretBox,
  SecretSwap,
  SecretSwapStore,
} from '../../domain/ports/secret-box.ts';

export interface ResealDeps {
  readonly store: SecretSwapStore;
  /** Encrypts with the new key, decrypts with the old keys too. */
  readonly secretBox: SecretBox;
  /** Webhooks per batch. @default 200 */
  readonly batchSize?: number;
  /** Called after each batch. */
  readonly report: (progress: ResealCount) => void;
}

interface ResealCount {
  /** Webhooks read in this round. */
  readonly seen: number;
  /** Webhooks whose secrets were resealed, in all rounds. */
  readonly resealed: number;
}

export interface ResealResult {
  readonly resealed: number;
  /** Webhooks whose secrets no given key decrypts. */
  readonly unreadable: readonly string[];
  /** Webhooks whose secrets still use another key, because a running server encrypts with it. */
  readonly remaining: number;
}

/**
 * Each round finds the changes made during the one before. More rounds would only chase a server with the old
 * key.
 */
const maxRounds = 5;

/**
 * Reseals all credentials of webhooks with the current key, in batches. Decrypts only their data keys, never a
 * credential. Skips secrets that are done, so a second run completes an interrupted one. Writes only if nothing
 * changed since the read, so a concurrent rotation of a secret is not undone.
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
      const to = tryReseal(id, from, secretBox);
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

function isDone(fields: SealedFields, secretBox: SecretBox): boolean {
  const { secret, previousSecrets, url, headers, clientCertificate } = fields;
  const sealed = [secret, url, headers, ...previousSecrets.map((previous) => previous.sealed)];
  if (clientCertificate !== null) sealed.push(clientCertificate.sealed);
  return sealed.every((text) => isCurrent(text, secretBox));
}

/** A text in an unknown format counts as not done. Decrypting it reports it as unreadable. */
function isCurrent(sealed: string, secretBox: SecretBox): boolean {
  try {
    return secretBox.isCurrent(sealed);
  } catch {
    return false;
  }
}

function tryReseal(
  webhookId: string,
  { secret, previousSecrets, url, headers, clientCertificate }: SealedFields,
  secretBox: SecretBox,
): SealedFields | undefined {
  const reseal = (sealed: string, field: SealedField) => secretBox.reseal(sealed, { webhookId, field });
  try {
    return {
      secret: reseal(secret, 'secret'),
      previousSecrets: previousSecrets.map(({ sealed, until }) => ({
        sealed: reseal(sealed, 'previousSecrets'),
        until,
      })),
      url: reseal(url, 'url'),
      headers: reseal(headers, 'headers'),
      clientCertificate: clientCertificate && {
        ...clientCertificate,
        sealed: reseal(clientCertificate.sealed, 'clientCertificate'),
      },
    };
  } catch {
    return undefined;
  }
}
