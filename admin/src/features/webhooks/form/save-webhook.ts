import type { UpdatedWebhook, WebhookView } from '@tocsin/shared';
import { toApiError } from '../../../lib/api-error.ts';
import { client } from '../../../lib/trpc.ts';
import { compareDrafts, type FieldDifference } from './compare-drafts.ts';
import { toWebhookChange, toWebhookDraft, type WebhookDraft } from './webhook-draft.ts';

export interface WebhookEdit {
  readonly initial: WebhookDraft;
  readonly draft: WebhookDraft;
  /** The stored webhook that the operator saw last. */
  readonly seen: WebhookView;
}

/** Both changed the same part of the webhook. */
export interface EditConflict {
  readonly kind: 'conflict';
  readonly current: WebhookView;
  readonly differences: readonly FieldDifference[];
}

type SaveResult =
  | { readonly kind: 'saved'; readonly webhook: UpdatedWebhook; readonly merged: readonly FieldDifference[] }
  | EditConflict;

/** A webhook that changes more often than this during one save has another problem. */
const maxTries = 5;

/**
 * Saves what was edited. If others changed other parts of the webhook meanwhile, both changes apply. If they
 * changed the same part, nothing is saved, and the operator chooses.
 */
export async function saveWebhook({ initial, draft, seen }: WebhookEdit): Promise<SaveResult> {
  const { id } = seen;
  let expectedRevision = seen.revision;
  let merged: readonly FieldDifference[] = [];
  for (let tries = 1; ; tries++) {
    try {
      const change = toWebhookChange(draft, initial);
      const webhook = await client.webhooks.update.mutate({ id, ...change, expectedRevision });
      return { kind: 'saved', webhook, merged };
    } catch (error) {
      if (toApiError(error).code !== 'REVISION_MISMATCH' || tries === maxTries) throw error;
      const current = await client.webhooks.get.query({ id });
      const { differences, isConflict } = compareDrafts({
        initial,
        edited: draft,
        seen: toWebhookDraft(seen),
        stored: toWebhookDraft(current),
      });
      if (isConflict) return { kind: 'conflict', current, differences };
      expectedRevision = current.revision;
      merged = differences;
    }
  }
}
