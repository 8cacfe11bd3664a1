/*
 * Decodes a text in the ways in which programs write down what they received: escapes of JSON, URLs and HTML,
 * base64, base32, hexadecimal and decimal bytes. The cost is linear in the length of the text.
 */

/** Base64 inside JSON inside base64 occurs in error reports. Deeper nesting does not. */
const maxDepth = 3;

/** A shorter result cannot contain a credential. */
const minLength = 8;

/**
 * Returns the decoded forms of a text, without the text itself. Parts that are not encoded become noise, so
 * the results are only fit to be searched.
 */
export function toDecodedTexts(text: string): string[] {
  const found: string[] = [];
  let level = [text];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    level = level.flatMap(decodeOnce).filter((decoded) => decoded.length >= minLength);
    found.push(...level);
  }
  return found;
}

function decodeOnce(text: string): string[] {
  const plain = unescape(text);
  return [
    ...(plain === text ? [] : [plain]),
    ...decodeBase64(plain),
    ...decodeHex(plain),
    ...decodeBase32(plain),
    ...decodeDecimal(plain),
  ].map(toReadable);
}

/** `\u0041`, `\x41`, `%41`, `0x41`, `&#x41;`, `&#65;`, then escapes of line breaks, and backslashes. */
const escapes =
  /\\u\{?([0-9a-f]{2,6})\}?|(?:\\x|%u00|%|0x|&#x0{0,4})([0-9a-f]{2});?|&#0{0,4}([0-9]{2,3});?|\\[nrt]|\\/gi;

function unescape(text: string): string {
  return text.replace(escapes, (_escape, unicode?: string, hex?: string, decimal?: string) => {
    if (decimal !== undefined) return String.fromCharCode(Number(decimal));
    const code = unicode ?? hex;
    return code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16));
  });
}

/**
 * Decodes from four starts, because a part that begins inside a group of four is readable from one of them
 * only. Drops other characters first, because encoders break lines.
 */
function decodeBase64(text: string): string[] {
  const digits = text.replace(/[^A-Za-z0-9+/_-]+/g, '');
  return [0, 1, 2, 3].map((start) => Buffer.from(digits.slice(start), 'base64').toString('latin1'));
}

function decodeHex(text: string): string[] {
  const digits = text.replace(/[^0-9a-f]+/gi, '');
  return [0, 1].map((start) => Buffer.from(digits.slice(start), 'hex').toString('latin1'));
}

const base32Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Decodes whole runs, because most words of ordinary text consist of these digits too. */
function decodeBase32(text: string): string[] {
  const runs = text.match(/[A-Z2-7]{13,}|[a-z2-7]{13,}/g) ?? [];
  return runs.map((run) => {
    let [bits, buffer, decoded] = [0, 0, ''];
    for (const digit of run.toUpperCase()) {
      buffer = ((buffer << 5) | base32Digits.indexOf(digit)) & 0xfff;
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      decoded += String.fromCharCode((buffer >> bits) & 0xff);
    }
    return decoded;
  });
}

/** Bytes as numbers, as Node prints a buffer in JSON. */
function decodeDecimal(text: string): string[] {
  const numbers = text.match(/[0-9]{2,3}/g) ?? [];
  return [String.fromCharCode(...numbers.map(Number))];
}

/** Drops noise: stretches that are too short to be a part of a decoded text. Keeps the next level small. */
function toReadable(text: string): string {
  // UTF-16 has a NUL beside each ASCII character.
  return (text.replaceAll('\0', '').match(/[\x20-\x7e\s]{8,}/g) ?? []).join('\n');
}
