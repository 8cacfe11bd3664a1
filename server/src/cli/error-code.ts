/** Returns the code of an error of the client. Undefined for other errors. */
export function findErrorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the key may not make a call. */
export function isDenied(error: unknown): boolean {
  const code = findErrorCode(error);
  return code === 'FORBIDDEN' || code === 'SCOPE_MISSING';
}
