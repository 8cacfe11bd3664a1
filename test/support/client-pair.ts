import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** A client certificate with its key. */
export function readClientPair(name: 'a' | 'b') {
  return { certificate: read(`client-${name}.cert.pem`), privateKey: read(`client-${name}.key.pem`) };
}

/** The authority of the client certificates. */
export function readClientAuthority(): string {
  return read('client-authority.cert.pem');
}
