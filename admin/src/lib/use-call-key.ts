import { useCallback, useRef } from 'react';

/**
 * Adds an idempotency key to the input of a form. The key is the same as long as the input is, so that a
 * double click, or another submit after a lost response, makes nothing twice.
 */
export function useCallKey(): <T extends object>(input: T) => T & { idempotencyKey: string } {
  const last = useRef<{ readonly text: string; readonly idempotencyKey: string }>(undefined);
  return useCallback((input) => {
    const text = JSON.stringify(input);
    if (last.current?.text !== text) last.current = { text, idempotencyKey: generateKey() };
    return { ...input, idempotencyKey: last.current.idempotencyKey };
  }, []);
}

/** `crypto.randomUUID` exists on pages over https only. */
function generateKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
