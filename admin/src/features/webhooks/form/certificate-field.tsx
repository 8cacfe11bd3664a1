import type { ClientCertificateInput, ClientCertificateView } from '@tocsin/shared';
import { Button } from '../../../components/ui/button.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { Time } from '../../../components/ui/time.tsx';

/** Sets, replaces or removes the client certificate of a webhook. The stored key cannot be shown. */
export function CertificateField({
  stored,
  value,
  onChange,
}: {
  readonly stored: ClientCertificateView | null;
  /** Undefined keeps the stored certificate. */
  readonly value: ClientCertificateInput | null | undefined;
  readonly onChange: (value: ClientCertificateInput | null | undefined) => void;
}) {
  const add = () => onChange({ certificate: '', privateKey: '' });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[0.9rem] font-medium">Client certificate (mTLS)</legend>
      {value === undefined && stored !== null && <StoredCertificate certificate={stored} />}
      {value === null && <p className="text-[0.8667rem]">Saving removes the certificate.</p>}
      {value && <CertificateInputs value={value} onChange={onChange} />}
      <div className="flex flex-wrap gap-2">
        {!value && (
          <Button size="small" onClick={add}>
            {stored === null ? 'Add certificate' : 'Replace certificate'}
          </Button>
        )}
        {stored !== null && value === undefined && (
          <Button size="small" onClick={() => onChange(null)}>
            Remove certificate
          </Button>
        )}
        {value !== undefined && (
          <Button size="small" onClick={() => onChange(undefined)}>
            {stored === null ? 'Add no certificate' : 'Keep the stored certificate'}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function StoredCertificate({ certificate }: { readonly certificate: ClientCertificateView }) {
  return (
    <p className="text-[0.8667rem] text-ink-2">
      {certificate.subject}, expires <Time at={certificate.expiresAt} format="date" />
    </p>
  );
}

function CertificateInputs({
  value,
  onChange,
}: {
  readonly value: ClientCertificateInput;
  readonly onChange: (value: ClientCertificateInput) => void;
}) {
  return (
    <>
      <Field label="Certificate" hint="PEM. The certificate of the client first, then its chain.">
        {(ids) => (
          <textarea
            {...ids}
            className="field h-28! font-mono text-[0.8rem]"
            value={value.certificate}
            spellCheck={false}
            autoComplete="off"
            placeholder="-----BEGIN CERTIFICATE-----"
            onChange={(event) => onChange({ ...value, certificate: event.target.value })}
          />
        )}
      </Field>
      <Field label="Private key" hint="PEM, without a passphrase. It is encrypted and cannot be shown again.">
        {(ids) => (
          <textarea
            {...ids}
            className="field h-28! font-mono text-[0.8rem]"
            value={value.privateKey}
            spellCheck={false}
            autoComplete="off"
            placeholder="-----BEGIN PRIVATE KEY-----"
            onChange={(event) => onChange({ ...value, privateKey: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
