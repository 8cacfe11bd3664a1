import { connect } from 'node:tls';
import type { Config } from '../../config.ts';
import { HostResolver } from '../../delivery/dns/host-resolver.ts';
import type { ResolvedAddress } from '../../delivery/dns/resolver.ts';
import { parseAllowedTargets } from '../../delivery/ssrf/allowed-targets.ts';
import {
  checkTargetAddress,
  isPrivateHostAllowed,
  parseTarget,
  type Target,
  type TargetRules,
} from '../../delivery/ssrf/parse-target.ts';
import { arePrivateTargetsAllowed } from '../../startup/demo-settings.ts';

/** The result of checking a target. */
export type TargetResult =
  | { readonly ok: true; readonly message: string }
  | {
      readonly ok: false;
      readonly message: string;
      readonly remedy: string;
    };

export type TargetCheck = (url: string) => Promise<TargetResult>;

const handshakeMs = 5_000;

/** A certificate that ends within this time is named. */
const expiresSoonMs = 14 * 24 * 3_600_000;

/**
 * Creates a check of targets by the rules of a server: does the name resolve, does the SSRF guard allow all its
 * addresses, does the TLS handshake work. Sends no request.
 *
 * @param config Undefined: the rules of a server without settings
 */
export function createTargetCheck(config: Config | undefined): TargetCheck {
  const rules: TargetRules = config === undefined ? {} : toRules(config);
  const resolver = new HostResolver({ servers: config?.DNS_SERVERS ?? [] });
  return async (url) => {
    // Keys without webhooks:write see the path and the query masked, which the checks do not need.
    const parsed = parseTarget(URL.canParse(url) ? new URL(url).origin : url, rules);
    if (!parsed.ok) {
      const remedy = 'change its URL, or allow it with ALLOWED_TARGETS or ALLOWED_PORTS';
      return { ok: false, message: `the URL ${parsed.why}`, remedy };
    }
    const { target } = parsed;
    const addresses = await resolve(target, rules, resolver);
    if ('code' in addresses) {
      const remedy = 'correct the DNS of the receiver, or the URL of the webhook';
      return { ok: false, message: `its name does not resolve (${addresses.code})`, remedy };
    }
    for (const { address } of addresses) {
      const check = checkTargetAddress(target, address, rules);
      if (!check.ok) {
        const remedy = 'point it to public addresses, or allow it with ALLOWED_TARGETS';
        return { ok: false, message: `its name points to ${check.why}`, remedy };
      }
    }
    if (target.protocol === 'http:') return { ok: true, message: 'resolves, and the SSRF guard allows it' };
    // Behind a proxy, this machine may not be able to connect.
    if (config?.OUTBOUND_PROXY !== undefined)
      return { ok: true, message: 'resolves; TLS is not checked through the proxy' };
    return await checkTls(target, addresses[0]?.address ?? target.host);
  };
}

function toRules(config: Config): TargetRules {
  return {
    allowPrivateTargets: arePrivateTargetsAllowed(config, { isEmbedded: config.MONGODB_URI === undefined }),
    allowedTargets: parseAllowedTargets(config.ALLOWED_TARGETS),
    ports: config.ALLOWED_PORTS,
    ownHosts: config.PUBLIC_HOSTS,
  };
}

async function resolve(
  target: Target,
  rules: TargetRules,
  resolver: HostResolver,
): Promise<readonly ResolvedAddress[] | { readonly code: string }> {
  if (target.isAddress) return [{ address: target.host, family: target.host.includes(':') ? 6 : 4 }];
  try {
    return await resolver.resolve(target.host, {
      accountId: 'doctor',
      hasLocalNames: isPrivateHostAllowed(target.host, rules),
    });
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' };
  }
}

/** Connects to an address that the SSRF guard has allowed, and ends the connection after the handshake. */
async function checkTls(target: Target, address: string): Promise<TargetResult> {
  return await new Promise((done) => {
    const socket = connect({
      host: address,
      port: target.port,
      ...(target.isAddress ? {} : { servername: target.host }),
      timeout: handshakeMs,
    });
    const end = (result: TargetResult) => {
      socket.destroy();
      done(result);
    };
    socket.once('secureConnect', () => {
      const { valid_to: validTo } = socket.getPeerCertificate();
      const left = Date.parse(validTo) - Date.now();
      end(
        left < expiresSoonMs
          ? {
              ok: false,
              message: `its certificate expires on ${validTo}`,
              remedy: 'renew the certificate of the receiver',
            }
          : { ok: true, message: 'resolves, the SSRF guard allows it, and TLS works' },
      );
    });
    const fail = (reason: string) =>
      end({
        ok: false,
        message: `the TLS handshake failed (${reason})`,
        remedy: 'check that the receiver listens and its certificate is complete and not expired',
      });
    socket.once('timeout', () => fail('no response'));
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
  });
}
