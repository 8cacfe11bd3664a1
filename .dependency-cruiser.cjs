/**
 * The directions of imports (see docs/architecture.md): shared <- domain <- services <- transport. store and
 * delivery import the ports of domain and not each other. Only app/ joins them. Each rule has been seen to
 * fail on a planted import.
 */
const allowOnly = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});

const npm = (...names) => names.map((name) => `^node_modules/${name}/`);
const domain = '^server/src/domain/';
const shared = '^shared/src/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    allowOnly('shared-is-zod-only', 'shared also runs in a browser and imports only zod', '^shared/src/', [
      shared,
      ...npm('zod'),
    ]),
    allowOnly('domain-is-pure', 'domain has types and rules: no I/O, no library', domain, [domain, shared]),
    allowOnly('batching-is-plain', 'batching is plain data structures', '^server/src/batching/', [
      '^server/src/batching/',
    ]),
    allowOnly(
      'services-use-ports',
      'services know no transport, no store, no engine',
      '^server/src/services/',
      [
        '^server/src/services/',
        '^server/src/batching/',
        domain,
        shared,
        '^(node:)?(async_hooks|crypto|timers/promises)$',
        ...npm('lru-cache'),
      ],
    ),
    allowOnly(
      'store-implements-ports',
      'only the store knows MongoDB, and it knows nothing else',
      '^server/src/store/',
      ['^server/src/store/', domain, shared, '^(node:)?(async_hooks|timers/promises)$', ...npm('mongodb')],
    ),
    allowOnly(
      'delivery-uses-ports',
      'the engine knows ports, not MongoDB and no transport',
      '^server/src/delivery/',
      [
        '^server/src/delivery/',
        '^server/src/batching/',
        '^server/src/version\\.ts$',
        domain,
        shared,
        '^(node:)?(crypto|net|url|tls|http2|stream|dns|os|fs/promises|timers/promises|string_decoder)$',
        ...npm('ipaddr.js', 'lru-cache', 'nodemailer', 'p-retry'),
      ],
    ),
    allowOnly(
      'destinations-send-nothing',
      'a chat service builds bodies and classifies responses: no I/O, no signing, no queue',
      '^server/src/delivery/destinations/',
      ['^server/src/delivery/destinations/', '^server/src/version\\.ts$', domain, shared],
    ),
    allowOnly(
      'requests-are-built-before-they-are-sent',
      'a request factory signs and formats; it knows no socket and no queue',
      '^server/src/delivery/request/',
      [
        '^server/src/delivery/(request|destinations)/',
        domain,
        shared,
        '^(node:)?crypto$',
        ...npm('lru-cache'),
      ],
    ),
    allowOnly(
      'limits-know-no-queue',
      'limits of chat services are kept and shared; the queue asks for them',
      '^server/src/delivery/limits/',
      [
        '^server/src/delivery/(limits|destinations|request)/',
        domain,
        '^(node:)?crypto$',
        ...npm('lru-cache'),
      ],
    ),
    allowOnly(
      'the-ssrf-guard-stands-alone',
      'whether an address may be called depends on no delivery',
      '^server/src/delivery/ssrf/',
      ['^server/src/delivery/(ssrf|dns)/', domain, '^(node:)?(net|url)$', ...npm('ipaddr.js')],
    ),
    allowOnly(
      'lookups-know-names-only',
      'a lookup turns a name into addresses; it knows no rules, requests or queues',
      '^server/src/delivery/dns/',
      ['^server/src/delivery/dns/', '^server/src/batching/', domain, '^(node:)?(net|dns|os|fs/promises)$'],
    ),
    allowOnly(
      'http-sends-behind-the-ssrf-guard',
      'the sender knows requests and responses, not what they mean',
      '^server/src/delivery/http/',
      [
        '^server/src/delivery/(http|ssrf|dns)/',
        '^server/src/batching/',
        domain,
        shared,
        '^(node:)?(net|os|tls|http2|stream|string_decoder)$',
        ...npm('lru-cache'),
      ],
    ),
    {
      name: 'http2-over-checked-connections',
      comment: 'the dialer opens and checks the connection; node:http2 would open one by itself',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/delivery/http/http2-bridge\\.ts$' },
      to: { path: ['^(node:)?http2$'] },
    },
    {
      name: 'engine-knows-no-http',
      comment: 'the loop and the state machine get a Sender; only http/, ssrf/ and dns/ know sockets',
      severity: 'error',
      from: { path: '^server/src/delivery/', pathNot: '^server/src/delivery/(http|ssrf|dns)/' },
      to: { path: ['^(node:)?(net|tls|dns|dns/promises)$'] },
    },
    allowOnly(
      'oidc-verifies-tokens',
      'the verifier knows the port, an issuer and jose',
      '^server/src/oidc/',
      ['^server/src/oidc/', domain, shared, ...npm('jose', 'zod')],
    ),
    {
      name: 'transport-calls-services',
      comment: 'transports parse, call a service, map the result',
      severity: 'error',
      from: { path: '^server/src/transport/' },
      to: {
        path: '^server/src/(store|delivery|batching|embedded|telemetry|app/|main\\.ts|config\\.ts|serve\\.ts|cli/)',
      },
    },
    {
      name: 'transports-are-separate',
      comment: 'tRPC and the contracts are two faces of the same services; /api/v1 calls the procedures',
      severity: 'error',
      from: {
        path: '^server/src/transport/(trpc|rest)/',
        pathNot: '^server/src/transport/rest/v2/',
      },
      to: { path: '^server/src/transport/(trpc|rest)/', pathNot: '^server/src/transport/$1/' },
    },
    {
      name: 'only-the-store-knows-mongodb',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/(store/mongo/|embedded/|cli/relay\\.ts$)' },
      to: { path: '^node_modules/mongodb/' },
    },
    {
      name: 'app-is-the-only-joint',
      comment: 'only serve.ts, the test kit, tests and benches import the composition root',
      severity: 'error',
      from: { pathNot: '^(server/src/serve\\.ts|server/src/app/|server/testing/src/platform/|test/|bench/)' },
      to: { path: '^server/src/app/' },
    },
    {
      name: 'server-knows-no-test-kit',
      severity: 'error',
      from: { path: '^(shared|server|client|admin)/src/' },
      to: { path: '^server/testing/' },
    },
    {
      name: 'test-kit-opens-nothing',
      comment: 'the test kit has no database, no socket and no metrics; its users install what it imports',
      severity: 'error',
      from: { path: '^server/testing/src/', pathNot: '^server/testing/src/platform/listen\\.ts$' },
      to: {
        path: [
          '^server/src/(store/mongo|delivery/(http/(?!reply)|dns|ssrf)|transport/(http-app|routes|rest)|cli|embedded|json-schema|oidc)',
          '^node_modules/(mongodb|fastify|pino|prom-client)/',
          '^(node:)?(net|tls|dns|http|https|fs|child_process|worker_threads)$',
        ],
      },
    },
    allowOnly(
      'test-kit-stores-implement-ports',
      'the stores in memory know the ports and nothing else of the server',
      '^server/testing/src/store/',
      ['^server/testing/src/store/', domain, shared, '^(node:)?(crypto|timers/promises)$'],
    ),
    {
      name: 'admin-takes-types-only',
      comment: 'the admin UI takes AppRouter from the server, and only as a type',
      severity: 'error',
      from: { path: '^admin/src/' },
      to: { path: '^server/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'admin-takes-the-api-only',
      severity: 'error',
      from: { path: '^admin/src/' },
      to: { path: '^server/', pathNot: '^server/src/transport/trpc/api\\.ts$' },
    },
    {
      name: 'only-the-cli-calls-a-server',
      comment: 'only commands call a server; the server never calls itself',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/cli/' },
      to: { path: '^client/' },
    },
    allowOnly('client-ships-little', 'what the client imports is what its users install', '^client/src/', [
      '^client/src/',
      shared,
      ...npm('zod', '@trpc/client', '@trpc/server', 'mongodb'),
    ]),
    {
      name: 'only-the-outbox-needs-mongodb',
      comment: 'mongodb is an optional peer of the client',
      severity: 'error',
      from: { path: '^client/src/', pathNot: '^client/src/outbox/' },
      to: { path: '^node_modules/mongodb/' },
    },
    {
      name: 'only-the-trpc-entry-needs-trpc',
      comment: 'the packages of tRPC are optional peers of the client',
      severity: 'error',
      from: { path: '^client/src/', pathNot: '^client/src/trpc/' },
      to: { path: '^node_modules/@trpc/' },
    },
    {
      name: 'admin-features-are-separate',
      comment: 'code that two features need belongs to components/ or lib/',
      severity: 'error',
      from: { path: '^admin/src/features/([^/]+)/' },
      to: { path: '^admin/src/features/', pathNot: '^admin/src/features/$1/' },
    },
    {
      name: 'admin-components-know-no-feature',
      comment: 'lib <- components <- features <- app',
      severity: 'error',
      from: { path: '^admin/src/(components|lib)/' },
      to: { path: '^admin/src/(features|app)/' },
    },
    {
      name: 'admin-ui-is-standalone',
      comment:
        'components/ui holds primitives: they render their props and import no other components folder',
      severity: 'error',
      from: { path: '^admin/src/components/ui/' },
      to: { path: '^admin/src/components/', pathNot: '^admin/src/components/ui/' },
    },
    {
      name: 'admin-ui-calls-no-server',
      comment: 'components/ui takes data as props: nothing it imports reaches the server or the session',
      severity: 'error',
      from: { path: '^admin/src/components/ui/' },
      to: { path: '^admin/src/lib/(trpc|session)\\.ts$', reachable: true },
    },
    {
      name: 'admin-lib-renders-nothing',
      severity: 'error',
      from: { path: '^admin/src/lib/' },
      to: { path: '^admin/src/components/' },
    },
    {
      name: 'packages-do-not-import-tests',
      severity: 'error',
      from: { path: '^(shared|server|client|admin)/' },
      to: { path: '^(test|bench|examples)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Build output. Packages below node_modules have their entries in dist/ too, and must stay visible.
    exclude: { path: ['^(shared|server|client|admin|server/testing)/dist/', '^test/.*fixtures/'] },
    // Not 'specify', which compiles each module a second time. No rule needs it.
    tsPreCompilationDeps: true,
    skipAnalysisNotInRules: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@tocsin/source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
