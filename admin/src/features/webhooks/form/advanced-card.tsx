import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { CertificateField } from './certificate-field.tsx';
import { HeadersField } from './headers-field.tsx';
import type { WebhookDraft } from './webhook-draft.ts';

/** Settings that most webhooks do not need. */
export function AdvancedCard({
  draft,
  dropsHeaders,
  dropsCertificate,
  onChange,
}: {
  readonly draft: WebhookDraft;
  readonly dropsHeaders: boolean;
  readonly dropsCertificate: boolean;
  readonly onChange: (change: Partial<WebhookDraft>) => void;
}) {
  return (
    <Card title="Advanced" hint="Optional. Most webhooks do not need these settings.">
      <div className="flex max-w-2xl flex-col gap-5">
        <HeadersField rows={draft.headers} onChange={(headers) => onChange({ headers })} />
        {dropsHeaders && (
          <p role="status" className="text-[0.8667rem] text-ink-2">
            The URL has another origin, so saving removes these headers. Edit them to send them to the new
            one.
          </p>
        )}
        <CertificateField
          stored={draft.storedCertificate}
          value={draft.clientCertificate}
          onChange={(clientCertificate) => onChange({ clientCertificate })}
        />
        {dropsCertificate && (
          <p role="status" className="text-[0.8667rem] text-ink-2">
            The URL has another origin, so saving removes the certificate. Replace it to send it to the new
            one.
          </p>
        )}
        <Field label="Rate limit (requests per second)" hint="Leave empty for no limit.">
          {(ids) => (
            <input
              {...ids}
              type="number"
              min={0.1}
              max={10_000}
              step="any"
              className="field max-w-40 tabular-nums"
              value={draft.rateLimit ?? ''}
              onChange={({ target: { valueAsNumber } }) =>
                onChange({ rateLimit: Number.isNaN(valueAsNumber) ? null : valueAsNumber })
              }
            />
          )}
        </Field>
      </div>
    </Card>
  );
}
