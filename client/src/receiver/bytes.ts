/**
 * Returns the bytes of a typed array, a `DataView` or an `ArrayBuffer`, without a copy. Undefined for any other
 * value.
 */
export function findBytes(value: unknown): Uint8Array | undefined {
  // Not instanceof, which fails for values of another realm, such as a worker, a vm context or a test of jest.
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Object.prototype.toString.call(value) !== '[object ArrayBuffer]') return undefined;
  // `as`: the line above has found what it is.
  return new Uint8Array(value as ArrayBuffer);
}
