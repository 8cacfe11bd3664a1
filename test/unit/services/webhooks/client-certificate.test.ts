import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkClientCertificate } from '../../../../server/src/services/webhooks/client-certificate.ts';
import { readClientAuthority, readClientPair } from '../../../support/client-pair.ts';

const pair = readClientPair('a');
const now = Date.parse('2026-01-01T00:00:00.000Z');
const toPem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a client certificate', () => {
  it('is described by its subject, its end and its fingerprint', () => {
    expect(checkClientCertificate(pair, now)).toEqual({
      ...pair,
      subject: 'O=Tocsin tests, CN=client a',
      expiresAt: Date.parse('2120-01-01T00:00:00.000Z'),
      fingerprint: new X509Certificate(pair.certificate).fingerprint256,
    });
  });

  it('keeps its chain, without the text between', () => {
    const certificate = `Bag Attributes\n${pair.certificate}\nissuer=x\n${readClientAuthority()}`;
    expect(checkClientCertificate({ ...pair, certificate }, now).certificate).toBe(
      pair.certificate + readClientAuthority(),
    );
  });

  const { privateKey: weak } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { privateKey: ed25519 } = generateKeyPairSync('ed25519');
  const sealed = ed25519.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' });
  const broken = pair.certificate.replace('MII', 'AAA');
  it.each([
    ['no certificate', { certificate: 'hello' }, /certificate has no PEM block/],
    ['a key in its place', { certificate: pair.privateKey }, /certificate has no PEM block/],
    [
      'a broken certificate',
      { certificate: broken },
      /certificate has an invalid certificate at position 1$/,
    ],
    ['a broken chain', { certificate: pair.certificate + broken }, /at position 2$/],
    ['a long chain', { certificate: pair.certificate.repeat(11) }, /more than 10 certificates/],
    ['no key', { privateKey: 'hello' }, /privateKey is not a private key in PEM/],
    [
      'the certificate as the key',
      { privateKey: pair.certificate },
      /privateKey is not a private key in PEM/,
    ],
    ['a key with a passphrase', { privateKey: sealed.toString() }, /privateKey has a passphrase/],
    ['a small key', { privateKey: toPem(weak) }, /privateKey has 1024 bits; RSA keys need at least 2048/],
    ['another key', { privateKey: readClientPair('b').privateKey }, /privateKey does not belong/],
    [
      'the chain first',
      { certificate: readClientAuthority() + pair.certificate },
      /privateKey does not belong/,
    ],
  ])('is rejected with %s', (_name, change, message) => {
    const check = () => checkClientCertificate({ ...pair, ...change }, now);
    const expected = { code: 'INVALID_INPUT', message: expect.stringMatching(message) as string };
    expect(check).toThrow(expect.objectContaining(expected) as Error);
    expect(check).toThrow(/^clientCertificate: /);
  });

  it('is rejected once it has expired', () => {
    const end = Date.parse('2120-01-01T00:00:00.000Z');
    expect(() => checkClientCertificate(pair, end)).toThrow(
      /certificate expired on 2120-01-01T00:00:00.000Z/,
    );
    expect(() => checkClientCertificate(pair, end - 1)).not.toThrow();
  });
});
