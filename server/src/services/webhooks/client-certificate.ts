import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { ClientCertificateInput } from '@tocsin/shared';
import { fieldError } from '../../domain/errors.ts';
import type { OpenClientCertificate } from '../../domain/webhook-endpoint.ts';

/** A certificate, and the authorities between it and one that the receiver knows. */
const maxChain = 10;

/** OpenSSL rejects smaller keys in a handshake. */
const minRsaBits = 2048;

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Validates a client certificate. Returns it with what readers may see of it. Text between the certificates of a chain
 * is dropped.
 *
 * @param now epoch ms
 * @throws INVALID_INPUT that names the wrong part, never the key
 */
export function checkClientCertificate(
  { certificate, privateKey }: ClientCertificateInput,
  now: number,
): OpenClientCertificate {
  const blocks = certificate.match(certificateBlock) ?? [];
  if (blocks.length === 0) {
    throw invalid('certificate', 'has no PEM block "BEGIN CERTIFICATE"');
  }
  if (blocks.length > maxChain) throw invalid('certificate', `has more than ${maxChain} certificates`);
  const [own] = blocks.map(parseCertificate);
  if (own === undefined) throw invalid('certificate', 'is empty');
  const key = parseKey(privateKey);
  if (!own.checkPrivateKey(key)) {
    throw invalid('privateKey', "does not belong to the first certificate, which must be the client's own");
  }
  const expiresAt = Date.parse(own.validTo);
  if (expiresAt <= now) {
    throw invalid('certificate', `expired on ${new Date(expiresAt).toISOString()}`);
  }
  return {
    certificate: `${blocks.join('\n')}\n`,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject: own.subject.split('\n').join(', ').slice(0, 500),
    expiresAt,
    fingerprint: own.fingerprint256,
  };
}

function parseCertificate(pem: string, index: number): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid('certificate', `has an invalid certificate at position ${index + 1}`);
  }
}

function parseKey(pem: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw invalid('privateKey', 'has a passphrase; remove it, for example with openssl pkey');
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    throw invalid('privateKey', 'is not a private key in PEM, which begins with "BEGIN PRIVATE KEY"');
  }
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < minRsaBits) {
    throw invalid('privateKey', `has ${modulusLength} bits; RSA keys need at least ${minRsaBits}`);
  }
  return key;
}

function invalid(field: 'certificate' | 'privateKey', why: string): Error {
  return fieldError('clientCertificate', `${field} ${why}`);
}
