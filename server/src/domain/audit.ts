import type { AuditAction, AuditActor, AuditDetails } from '@tocsin/shared';

/** One line of the audit log. Written once, never changed; kept longer than events. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly action: AuditAction;
  readonly actor: AuditActor;
  /** The account that it concerns, which may read it; null: the operator's own matter. */
  readonly accountId: string | null;
  readonly appId: string | null;
  readonly targetId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  /** Names of changed fields, reasons, counts: never a value that could be a secret. */
  readonly details: AuditDetails;
}
