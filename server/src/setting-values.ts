import * as z from 'zod';
import { parseNameServers } from './delivery/dns/name-servers.ts';
import { parseOutboundProxy } from './delivery/http/outbound-proxy.ts';
import { parseAllowedTargets } from './delivery/ssrf/allowed-targets.ts';
import { parseOwnHosts } from './delivery/ssrf/own-hosts.ts';
import { parseDuration } from './duration.ts';
import { isAllowedIssuerUrl } from './oidc/issuer-fetch.ts';

/* The forms that the values of settings have in the environment. */

export const flag = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });

export const duration = z.string().transform((text, ctx) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  ctx.addIssue({
    code: 'custom',
    message: `${quote(text)} is not a duration such as 500ms, 5s, 5m, 2h or 5d`,
  });
  return z.NEVER;
});

export const schedule = z.string().transform((text, ctx) => {
  const delays = text.split(',').map((part) => parseDuration(part.trim()));
  const invalid = delays.indexOf(undefined);
  if (invalid === -1) return delays.filter((delay) => delay !== undefined);
  ctx.addIssue({
    code: 'custom',
    message: `${quote(text.split(',')[invalid]?.trim() ?? '')} is not a duration; write a list such as 5s,5m,30m`,
  });
  return z.NEVER;
});

export const encryptionKey = z.string().transform((text, ctx) => {
  const key = Buffer.from(text, 'base64');
  if (key.length === 32) return key;
  // The value is a secret, so the message must not contain it.
  ctx.addIssue({
    code: 'custom',
    message: `must be 32 bytes in base64 (openssl rand -base64 32), not ${key.length}`,
  });
  return z.NEVER;
});

export const encryptionKeys = z.string().transform((text, ctx) => {
  const keys = text.split(',').map((part) => encryptionKey.safeParse(part.trim()));
  const invalid = keys.findIndex((key) => !key.success);
  if (invalid === -1) return keys.flatMap((key) => (key.success ? [key.data] : []));
  ctx.addIssue({
    code: 'custom',
    message: `entry ${invalid + 1} is not 32 bytes in base64; separate keys with commas`,
  });
  return z.NEVER;
});

export const proxies = z
  .string()
  .refine(
    (text) =>
      text
        .split(',')
        .every((part) => /^(loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)$/i.test(part.trim())),
    'must be addresses, CIDRs, loopback, linklocal or uniquelocal, separated by commas',
  );

export const portList = z.string().transform((text, ctx) => {
  const ports = text.split(',').map((part) => Number(part.trim()));
  if (ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)) return ports;
  ctx.addIssue({ code: 'custom', message: `${quote(text)} is not a list of ports such as 443,8443` });
  return z.NEVER;
});

export const ownHosts = z.string().transform((text, ctx) => {
  const { hosts, errors } = parseOwnHosts(text);
  for (const message of errors) ctx.addIssue({ code: 'custom', message });
  return hosts;
});

export const nameServers = z.string().transform((text, ctx) => {
  const { servers, errors } = parseNameServers(text);
  for (const message of errors) ctx.addIssue({ code: 'custom', message });
  return servers;
});

export const allowedTargets = z.string().superRefine((text, ctx) => {
  try {
    parseAllowedTargets(text);
  } catch (error) {
    for (const message of error instanceof Error ? error.message.split('\n') : []) {
      ctx.addIssue({ code: 'custom', message });
    }
  }
});

export const outboundProxy = z.string().transform((text, ctx) => {
  try {
    return parseOutboundProxy(text);
  } catch (error) {
    // The value may contain a password, so the message must not contain it.
    ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is invalid' });
    return z.NEVER;
  }
});

export const list = z.string().transform(toList);

/** Signatures with a public key. `none` and HS* would let anyone who knows the key set make tokens. */
const tokenAlgorithms = 'RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,Ed25519'.split(',');

export const algorithmList = z.string().transform((text, ctx) => {
  const names = toList(text);
  const invalid = names.find((name) => !tokenAlgorithms.includes(name));
  if (invalid === undefined && names.length > 0) return names;
  ctx.addIssue({
    code: 'custom',
    message: `${quote(invalid ?? text)} is not one of ${tokenAlgorithms.join(', ')}; separate them with commas`,
  });
  return z.NEVER;
});

export const issuerUrl = z.string().superRefine((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isAllowedIssuerUrl(url) || url.username !== '' || url.password !== '') {
    ctx.addIssue({
      code: 'custom',
      message: 'must be an https: URL without user and password; http: is only allowed for loopback',
    });
  } else if (url.search !== '' || url.hash !== '') {
    ctx.addIssue({ code: 'custom', message: 'must have no query and no fragment' });
  }
});

export const audienceList = list.refine((list) => list.length > 0, 'must name at least one audience');

export const maxClockToleranceMs = 5 * 60 * 1000;

export const claimName = z.string().min(1).max(200);

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** A value in a message about it. Cut, because it can be a whole file. */
function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function toList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
