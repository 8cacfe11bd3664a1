import type { Registry } from 'prom-client';
import { HostResolver } from '../delivery/dns/host-resolver.ts';
import { createHttpSender } from '../delivery/http/http-sender.ts';
import type { ProxyOptions } from '../delivery/http/outbound-proxy.ts';
import { findPublicHost } from '../delivery/ssrf/own-hosts.ts';
import { parseAllowedTargets } from '../delivery/ssrf/allowed-targets.ts';
import { createTargetPolicy } from '../delivery/ssrf/target-policy.ts';
import type { Sender, TargetPolicy } from '../domain/ports/sending.ts';
import { LookupMetrics } from '../telemetry/lookup-metrics.ts';
import { SendingMetrics } from '../telemetry/sending-metrics.ts';
import { DescriptorLimit } from '../transport/http/descriptor-limit.ts';
import { engineLimits, type AppOptions, type EngineLimits } from './options.ts';
import { sendsDeliveries } from './ownership.ts';
import { logSendingLimits, toSendingLimits, type SendingLimits } from './sending-limits.ts';

interface HttpTransport {
  readonly publicHost: string | undefined;
  readonly sender: Sender;
  readonly targets: TargetPolicy;
  readonly engineLimits: EngineLimits;
}

/** Creates the sender and the check of URLs, which share the rules of the SSRF guard. */
export function createHttpTransport(options: AppOptions, registry: Registry): HttpTransport {
  const limits = readSendingLimits(options);
  const { allowPrivateTargets, log } = options;
  if (allowPrivateTargets) {
    log.warn(
      {},
      'private targets are allowed: webhooks can call loopback and private addresses (SSRF guard off)',
    );
  }
  const resolver = new HostResolver({ servers: options.DNS_SERVERS, meter: new LookupMetrics(registry) });
  const targetRules = {
    resolver: resolver.resolve,
    allowPrivateTargets,
    allowedTargets: parseAllowedTargets(options.ALLOWED_TARGETS),
    ports: options.ALLOWED_PORTS,
    ownHosts: options.PUBLIC_HOSTS,
  };
  return {
    publicHost: findPublicHost(options.PUBLIC_HOSTS),
    engineLimits: limits.engine,
    targets: createTargetPolicy(targetRules),
    sender: createHttpSender({
      ...targetRules,
      outboundProxy: toProxyOptions(options),
      maxConnections: limits.maxConnections,
      maxConnectionsPerPool: limits.maxConnectionsPerPool,
      log,
      meter: new SendingMetrics(registry),
    }),
  };
}

/** Callers may take half of the descriptors (`ConnectionGuard`), and receivers share the rest. */
function readSendingLimits(options: AppOptions): SendingLimits {
  const wanted = { ...engineLimits, ...options.engineLimits };
  const descriptors = new DescriptorLimit().read();
  const callers = Math.min(
    options.MAX_CONNECTIONS,
    Math.floor((descriptors ?? Number.POSITIVE_INFINITY) / 2),
  );
  const limits = toSendingLimits(wanted, descriptors, callers);
  if (sendsDeliveries(options)) logSendingLimits(limits, wanted, descriptors, options.log);
  return limits;
}

/** The tunnel gets half of the time of an attempt, so that a hanging proxy and a hanging receiver differ in their reason. */
function toProxyOptions(options: AppOptions): ProxyOptions | undefined {
  const { OUTBOUND_PROXY: proxy, log } = options;
  if (proxy === undefined) return undefined;
  log.info({ host: proxy.host, port: proxy.port }, 'requests to receivers go through a proxy');
  return {
    proxy,
    except: parseAllowedTargets(options.OUTBOUND_PROXY_EXCEPT ?? ''),
    timeoutMs: Math.min(5_000, options.DELIVERY_TIMEOUT_MS / 2),
  };
}
