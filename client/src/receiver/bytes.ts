/**
 * Returns the bytes of a typed array, a `DataView` or an `ArrayBuffer`, without a copy. Undefined for any other
 * value.
 */
export function findBytes(value: unknown): Uint8Array | undefined {
  // Not instanceof, which fails for values of another realm, such as a worker, a vm context or a test of jest.
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object ArrayBuffer]' && tag !== '[object SharedArrayBuffer]') return undefined;
  // `as`: the tag says what it is.
  return new Uint8Array(value as ArrayBufferLike);
}
