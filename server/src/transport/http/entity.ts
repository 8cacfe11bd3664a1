import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Smaller bodies fit into one packet anyway. */
const minBytes = 1_024;

type Encoding = 'br' | 'gzip';

const compressors: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  // The default of 11 takes a hundred times as long.
  br: async (body) =>
    await promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: async (body) => await promisify(gzip)(body, { level: 6 }),
};

/** Returns the weak entity tag of a body (RFC 9110, 8.8.3). Weak, because it is the same for each encoding. */
export function toWeakTag(body: Buffer): string {
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** Whether `If-None-Match` lists the tag, by the weak comparison. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const opaque = (text: string) => text.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((listed) => opaque(listed) === opaque(tag));
}

/** Compresses a body if the client accepts it and it is worth it. Returns undefined otherwise. */
export async function compress(
  body: Buffer,
  acceptEncoding: string | undefined,
): Promise<{ readonly encoding: Encoding; readonly body: Buffer } | undefined> {
  if (body.length < minBytes) return undefined;
  const encoding = pickEncoding(acceptEncoding);
  if (encoding === undefined) return undefined;
  return { encoding, body: await compressors[encoding](body) };
}

function pickEncoding(header = ''): Encoding | undefined {
  const accepted = new Set(
    header
      .toLowerCase()
      .split(',')
      .map((part) => part.split(';').map((text) => text.trim()))
      .filter(([, weight = '']) => !/^q=0(?:\.0*)?$/.test(weight))
      .map(([name]) => name),
  );
  return (['br', 'gzip'] as const).find((encoding) => accepted.has(encoding));
}
