import { hash } from 'node:crypto';

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Faster than `sha256` and its `toString`, because it makes no buffer. */
export function sha256Text(text: string, encoding: 'hex' | 'base64url'): string {
  return hash('sha256', text, encoding);
}
