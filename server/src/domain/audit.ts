import type { AuditAction, AuditActor, AuditChange, AuditDetails } from '@tocsin/shared';

/** An entry of the audit log. Never changes. Has a retention of its own. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly action: AuditAction;
  readonly actor: AuditActor;
  /** The account that the entry concerns, and that can read it. Null: only the operator can. */
  readonly accountId: string | null;
  readonly appId: string | null;
  readonly targetId: string | null;
  /** Its name at that time. */
  readonly targetName: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  /** Names of changed fields, reasons and counts. Never a value that could be a secret. */
  readonly details: AuditDetails;
  /** The changed fields. Credentials are masked. */
  readonly changes: readonly AuditChange[];
}
