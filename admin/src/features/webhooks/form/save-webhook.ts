import type { UpdatedWebhook, WebhookView } from '@tocsin/shared';
import { toApiError } from '../../../lib/api-error.ts';
import { client } from '../../../lib/trpc.ts';
import { compareDrafts, type DraftField } from './compare-drafts.ts';
import { toWebhookChange, toWebhookDraft, type WebhookDraft } from './webhook-draft.ts';

export interface WebhookEdit {
  /** The stored webhook that the edits began with. */
  readonly base: WebhookView;
  /** Its draft. Headers and pinned versions of the same object were not edited. */
  readonly initial: WebhookDraft;
  readonly draft: WebhookDraft;
}

/** Both changed the same part of the webhook. */
export interface EditConflict {
  readonly kind: 'conflict';
  readonly current: WebhookView;
  /** The fields to decide. */
  readonly fields: readonly DraftField[];
}

type SaveResult =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'saved'; readonly webhook: UpdatedWebhook; readonly merged: readonly DraftField[] }
  | EditConflict;

/** A webhook that changes more often than this during one save has another problem. */
const maxTries = 5;

/**
 * Saves what was edited. If others changed other parts of the webhook meanwhile, both changes apply. If they
 * changed the same part, nothing is saved, and the operator chooses.
 */
export async function saveWebhook({ base, initial, draft }: WebhookEdit): Promise<SaveResult> {
  const { id } = base;
  const change = toWebhookChange(draft, initial);
  if (Object.keys(change).length === 0) return { kind: 'unchanged' };
  let expectedRevision = base.revision;
  let merged: readonly DraftField[] = [];
  for (let tries = 1; ; tries++) {
    try {
      const webhook = await client.webhooks.update.mutate({ id, ...change, expectedRevision });
      return { kind: 'saved', webhook, merged };
    } catch (error) {
      if (toApiError(error).code !== 'REVISION_MISMATCH' || tries === maxTries) throw error;
      const current = await client.webhooks.get.query({ id });
      const comparison = compareDrafts({ initial, edited: draft, stored: toWebhookDraft(current) });
      if (comparison.conflicting.length > 0) {
        return { kind: 'conflict', current, fields: comparison.conflicting };
      }
      expectedRevision = current.revision;
      merged = comparison.changed;
    }
  }
}
