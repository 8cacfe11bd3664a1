import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { environment, readConfig } from '../../../server/src/config.ts';
import { registerHealth } from '../../../server/src/transport/routes/health.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');

/** Read as text, because it is private to its module. */
const drainMs = Number(
  /shutdownTimeoutMs = ([\d_]+)/.exec(read('server/src/startup/stop-signals.ts'))?.[1]?.replaceAll('_', ''),
);
const port = String(environment.parse({}).PORT);
const secrets = { ROOT_TOKEN: 'a'.repeat(32), ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') };

/** Expects that a process starts with this environment in production, as the image sets it. */
function expectToStart(env: Readonly<Record<string, string>>): void {
  expect(Object.keys(env).filter((name) => !(name in environment.shape))).toEqual([]);
  expect(readConfig({ NODE_ENV: 'production', ...env, ...secrets }).isProduction).toBe(true);
}

function isHealthRoute(path: string): boolean {
  const app = Fastify();
  registerHealth(app, {} as Parameters<typeof registerHealth>[1]);
  return app.hasRoute({ method: 'GET', url: path });
}

interface ComposeService {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly hostname?: string;
  readonly stop_grace_period: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const { mongo, ...servers } = services;

  it('has one API process and two workers on one database', () => {
    expect(Object.entries(servers).map(([name, { environment: env }]) => [name, env['ROLE']])).toEqual([
      ['api', 'api'],
      ['worker-1', 'worker'],
      ['worker-2', 'worker'],
    ]);
    const databases = new Set(Object.values(servers).map(({ environment: env }) => env['MONGODB_URI']));
    expect(databases.size).toBe(1);
    expect([...databases][0]).toContain(`//${mongo?.hostname}:27017/`);
  });

  it('gives each an environment with which it starts', () => {
    for (const { environment: env } of Object.values(servers)) {
      const given = Object.entries(env).filter(([, value]) => !value.startsWith('${'));
      expect(Object.keys(env).filter((name) => !(name in environment.shape))).toEqual([]);
      expectToStart(Object.fromEntries(given));
    }
  });

  it('waits for a healthy database, and longer than a drain takes before a kill', () => {
    expect(mongo?.healthcheck?.test[0]).toBe('CMD');
    for (const server of Object.values(servers)) {
      expect(server.depends_on['mongo']?.condition).toBe('service_healthy');
      expect(Number.parseInt(server.stop_grace_period, 10) * 1000).toBeGreaterThan(drainMs);
    }
  });

  it('exposes the API only to this machine, and the database only to the servers', () => {
    expect(services['api']?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(Object.entries(services).filter(([name, { ports }]) => name !== 'api' && ports)).toEqual([]);
    expect(mongo?.networks).toEqual(['database']);
  });
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } & Readonly<
      Record<string, unknown>
    >;
    readonly ports: readonly { readonly targetPort: string }[];
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly [Container];
      };
    };
  };
}

describe('deploy/kubernetes', () => {
  const manifests = readdirSync(`${root}deploy/kubernetes`).flatMap((file) =>
    parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as Manifest;
    }),
  );
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const deployments = ofKind('Deployment');
  const [config] = ofKind('ConfigMap');
  const [secret] = ofKind('Secret');

  it('has API processes and workers', () => {
    const roles = deployments.map(({ spec }) => spec.template.spec.containers[0].env[0]?.value);
    expect(roles).toEqual(['api', 'worker']);
  });

  it('gives each an environment with which it starts, and the secrets that production requires', () => {
    expect(Object.keys(secret?.stringData ?? {})).toEqual(['MONGODB_URI', 'ROOT_TOKEN', 'ENCRYPTION_KEY']);
    for (const { spec } of deployments) {
      const own = spec.template.spec.containers[0].env.map(({ name, value }) => [name, value] as const);
      expectToStart({ ...config?.data, ...secret?.stringData, ...Object.fromEntries(own) });
    }
  });

  it('contains no secret, and no value that a server would start with by mistake', () => {
    const { ENCRYPTION_KEY = '', ROOT_TOKEN = '' } = secret?.stringData ?? {};
    expect(() => readConfig({ ROOT_TOKEN })).toThrow('16 characters');
    expect(() => readConfig({ ENCRYPTION_KEY })).toThrow('32 bytes');
  });

  it('probes routes that exist, at the port that the server listens on', () => {
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      expect(container.ports).toEqual([{ name: 'http', containerPort: Number(port) }]);
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
      for (const { httpGet } of probes) {
        expect(isHealthRoute(httpGet.path)).toBe(true);
        expect(httpGet.port).toBe('http');
      }
    }
  });

  it('waits longer than preStop and a drain take before a kill', () => {
    for (const { spec } of deployments) {
      const { terminationGracePeriodSeconds, containers } = spec.template.spec;
      const before = Number(containers[0].lifecycle?.preStop.exec.command[1] ?? 0);
      expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(before * 1000 + drainMs);
    }
  });

  it('selects its own pods, and routes only to those that serve the API', () => {
    const labelsOf = (name: string) =>
      deployments.find(({ metadata }) => metadata.name === name)?.spec.template.metadata.labels;
    for (const { metadata, spec } of deployments) {
      expect(spec.selector.matchLabels).toEqual(labelsOf(metadata.name));
    }
    expect(ofKind('Service').map(({ spec }) => [spec.selector, spec.ports[0]?.targetPort])).toEqual([
      [labelsOf('tocsin-api'), 'http'],
    ]);
  });

  it('runs as an unprivileged user and writes nothing', () => {
    for (const { spec } of deployments) {
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(spec.template.spec.containers[0].securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
      });
    }
  });
});

describe('the Dockerfile', () => {
  const [, last = ''] = /[^]*\nFROM ([^]*)$/.exec(read('Dockerfile')) ?? [];

  it('ends in a stage that builds nothing, runs unprivileged, and has a health check', () => {
    expect(last).not.toMatch(/npm (ci|install|run)|tsc/);
    expect(last).toMatch(/^USER node$/m);
    const path = /HEALTHCHECK[^]*?\$\{process\.env\.PORT\}(\/\w+)/.exec(last)?.[1] ?? '';
    expect(isHealthRoute(path)).toBe(true);
  });

  it('sets variables that exist, and exposes the port that the server listens on', () => {
    const env = [...last.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
    expectToStart(Object.fromEntries(env.map((pair) => pair.split('=') as [string, string])));
    expect(/^EXPOSE (\d+)$/m.exec(last)?.[1]).toBe(port);
    expect(env).toContain(`PORT=${port}`);
  });
});
