import { MongoError, MongoServerSelectionError, type TopologyDescription } from 'mongodb';
import { UnsuitableDeploymentError, type DeploymentProblem } from './deployment.ts';

/*
 * Errors of the driver as sentences for the operator: what is wrong, and what to do. No sentence has a part of the
 * connection string besides hosts, because a password that is not percent-encoded can appear in any other part.
 */

/** An error with everything that caused it. */
interface Failure {
  readonly chain: readonly Error[];
  /** Hosts and ports, for the sentence. */
  readonly hosts: string;
}

interface Row {
  readonly matches: (failure: Failure) => boolean;
  readonly sentence: (failure: Failure) => string;
}

/** Causes looked at per error. An error can be its own cause. */
const maxDepth = 6;
const maxHosts = 3;

const exampleUri = 'mongodb://host:27017/tocsin?replicaSet=rs0';

/** Authentication failed, also in the form of Atlas, and an unknown user. */
const authenticationCodes = [18, 8000, 11];
const unauthorized = 13;
const outOfDiskSpace = 14031;
const maxTimeExpired = 50;
/** Not primary, in recovery, shutting down, or stepped down. */
const notPrimaryCodes = [10107, 13435, 13436, 189, 91, 11600, 11602];
const certificateCodes = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

/** By name, because the parser that the driver uses has a class of its own. */
const invalidUriErrors: ReadonlySet<string> = new Set([
  'MongoParseError',
  'MongoInvalidArgumentError',
  'MongoAPIError',
  'MongoRuntimeError',
]);

/** The first row that matches counts. */
const rows: readonly Row[] = [
  {
    matches: ({ chain }) => chain.some((error) => error instanceof UnsuitableDeploymentError),
    sentence: ({ chain }) => {
      const found = chain.find((error) => error instanceof UnsuitableDeploymentError);
      return found === undefined ? '' : deploymentSentences[found.problem.kind](found.host, found.problem);
    },
  },
  {
    matches: (failure) => hasCode(failure, ...authenticationCodes),
    sentence: () =>
      'MongoDB rejects the user or the password of MONGODB_URI; check both, percent-encode special characters, and set authSource to the database of the user',
  },
  {
    matches: (failure) => hasCode(failure, unauthorized) && hasText(failure, /requires authentication/),
    sentence: () =>
      'MongoDB requires a user and a password; write user:password@ in front of the host in MONGODB_URI',
  },
  {
    matches: (failure) => hasCode(failure, unauthorized),
    sentence: (failure) =>
      `the user of MONGODB_URI may not run ${findCommand(failure)}; grant the roles readWrite and dbAdmin on the database of Tocsin`,
  },
  {
    matches: (failure) => hasCode(failure, outOfDiskSpace),
    sentence: () => 'the disk of MongoDB is full; free some space',
  },
  {
    matches: (failure) => hasCode(failure, maxTimeExpired),
    sentence: () =>
      'MongoDB ended a call that took too long; look for a slow disk or other load on its machine, and start again',
  },
  {
    matches: (failure) => hasCode(failure, ...notPrimaryCodes),
    sentence: () =>
      'the replica set has no primary that accepts writes; check rs.status(), and start again once a primary is elected',
  },
  {
    matches: ({ chain }) => chain.some((error) => isSrvLookup(error)),
    sentence: ({ chain }) => toSrvSentence(chain.find((error) => isSrvLookup(error))),
  },
  {
    matches: (failure) => hasCode(failure, 'ENOTFOUND', 'EAI_AGAIN'),
    sentence: ({ hosts }) =>
      `the name of ${hosts} cannot be resolved; check the host in MONGODB_URI, the DNS, and the names of the members in rs.conf()`,
  },
  {
    matches: (failure) => hasCode(failure, 'ECONNREFUSED'),
    sentence: ({ hosts }) =>
      `no MongoDB listens at ${hosts}; start it, or set MONGODB_URI to the right host and port`,
  },
  {
    matches: (failure) => hasCode(failure, ...certificateCodes),
    sentence: ({ hosts }) =>
      `the TLS certificate of ${hosts} is not signed by a known authority; add tlsCAFile=<file of the authority> to MONGODB_URI`,
  },
  {
    matches: (failure) => hasCode(failure, 'ERR_TLS_CERT_ALTNAME_INVALID'),
    sentence: ({ hosts }) =>
      `the TLS certificate of ${hosts} is for another host name; use a name of the certificate in MONGODB_URI`,
  },
  {
    matches: (failure) => hasCode(failure, 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'),
    sentence: ({ hosts }) =>
      `the TLS certificate of ${hosts} is not valid at this time; renew it, or correct the clock of this machine`,
  },
  {
    matches: (failure) => hasText(failure, /alert.*certificate|certificate required/i),
    sentence: ({ hosts }) =>
      `${hosts} requires a client certificate; add tlsCertificateKeyFile=<file> to MONGODB_URI`,
  },
  {
    matches: (failure) =>
      hasText(failure, /before secure TLS connection|wrong version number|EPROTO|packet length too long/),
    sentence: ({ hosts }) =>
      `${hosts} does not speak TLS; remove tls=true from MONGODB_URI, or turn TLS on in MongoDB`,
  },
  {
    matches: (failure) => hasText(failure, /maximum wire version/),
    sentence: ({ hosts }) => deploymentSentences.too_old(hosts, { kind: 'too_old' }),
  },
  {
    matches: (failure) =>
      hasText(failure, /closed$|timed out/) ||
      hasCode(failure, 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'EPIPE'),
    sentence: ({ hosts }) =>
      `${hosts} does not respond or closes the connection; check the host, the port and the firewall, and add tls=true to MONGODB_URI if it requires TLS`,
  },
  {
    matches: ({ chain }) =>
      chain.some(({ name }) => invalidUriErrors.has(name)) ||
      hasCode({ chain, hosts: '' }, 'ERR_INVALID_URL'),
    sentence: ({ chain }) =>
      `MONGODB_URI is not a valid connection string${findParseHint(chain[0])}; write it as ${exampleUri}, with special characters percent-encoded`,
  },
  {
    matches: ({ chain }) => chain.some((error) => error instanceof MongoError),
    sentence: ({ chain }) => `MongoDB reports the error ${findErrorName(chain)}; see the log of MongoDB`,
  },
];

const deploymentSentences: Record<
  DeploymentProblem['kind'],
  (host: string, problem: DeploymentProblem) => string
> = {
  standalone: (host) =>
    `the MongoDB at ${host} is not a replica set; start it with --replSet rs0, and run rs.initiate() once in mongosh`,
  not_initiated: (host) =>
    `the replica set of the MongoDB at ${host} is not initiated; run rs.initiate() once in mongosh`,
  not_primary: (host) =>
    `the MongoDB at ${host} is not the primary of its replica set, and no primary was found; check rs.status(), and that MONGODB_URI has no directConnection=true`,
  other_set: (host, problem) =>
    `the MongoDB at ${host} belongs to the replica set ${'name' in problem ? problem.name : ''}; set replicaSet in MONGODB_URI to that name`,
  too_old: (host) => `the MongoDB at ${host} is too old; upgrade it to 6.0 or newer`,
};

/**
 * Returns a sentence about an error of the database connection: what is wrong and what to do, without the
 * password of the connection string. Undefined if the error has another origin.
 */
export function describeConnectionFailure(error: unknown): string | undefined {
  const failure = toFailure(error);
  const isOurs =
    failure.chain.some(
      (one) => one instanceof MongoError || one instanceof UnsuitableDeploymentError || isSrvLookup(one),
    ) || failure.chain.some(({ name }) => invalidUriErrors.has(name));
  return isOurs ? rows.find(({ matches }) => matches(failure))?.sentence(failure) : undefined;
}

/** Whether the driver found no primary although every server that it asked responded. */
export function hasOnlyResponses(error: unknown): boolean {
  const topology = getTopology(error);
  return topology !== undefined && [...topology.servers.values()].every((server) => server.error === null);
}

function toFailure(error: unknown): Failure {
  const topology = getTopology(error);
  const hosts = [...(topology?.servers.keys() ?? [])];
  const serverErrors = [...(topology?.servers.values() ?? [])].flatMap((server) =>
    server.error === null ? [] : toChain(server.error),
  );
  return {
    chain: [...toChain(error), ...serverErrors],
    hosts: hosts.length === 0 ? 'MongoDB' : hosts.slice(0, maxHosts).join(', '),
  };
}

function getTopology(error: unknown): TopologyDescription | undefined {
  return error instanceof MongoServerSelectionError ? error.reason : undefined;
}

function toChain(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < maxDepth; next = next.cause) {
    chain.push(next);
  }
  return chain;
}

function hasCode({ chain }: Failure, ...codes: readonly (string | number)[]): boolean {
  const known = new Set<unknown>(codes);
  return chain.some((error) => 'code' in error && known.has(error.code));
}

function hasText({ chain }: Failure, pattern: RegExp): boolean {
  return chain.some((error) => pattern.test(error.message));
}

/** The look-up of a `mongodb+srv` name. */
function isSrvLookup(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'querySrv' || error.syscall === 'queryTxt');
}

function toSrvSentence(error: Error | undefined): string {
  const name =
    error !== undefined && 'hostname' in error ? String(error.hostname).replace('_mongodb._tcp.', '') : '';
  const code: unknown = error !== undefined && 'code' in error ? error.code : undefined;
  return code === 'ENOTFOUND' || code === 'ENODATA'
    ? `the DNS has no SRV record for ${name}; check the host in MONGODB_URI, or write mongodb:// in front of a plain host`
    : `the DNS does not answer the look-up of ${name}; check the network and the name servers of this machine`;
}

/** The name of the rejected command. Its values can be anything. */
function findCommand({ chain }: Failure): string {
  const names = chain.map(({ message }) => /to execute command \{ (\w+):/.exec(message)?.[1]);
  return names.find((name) => name !== undefined) ?? 'a command';
}

/** Messages of the driver that contain no value of the connection string. */
const harmlessMessage =
  /^(options? [\w, ]{1,60} (is|are) not supported|(Password|Username) contains unescaped characters|Protocol and host list are required in the uri)$/;

function findParseHint(error: Error | undefined): string {
  const message = error?.message ?? '';
  return harmlessMessage.test(message) ? ` (${message})` : '';
}

function findErrorName(chain: readonly Error[]): string {
  const found = chain.find((error) => error instanceof MongoError);
  const codeName = found !== undefined && 'codeName' in found ? found.codeName : undefined;
  const code = found === undefined ? undefined : found.code;
  const name = typeof codeName === 'string' ? codeName : (found?.name ?? 'unknown');
  return code === undefined ? name : `${name} (${code})`;
}
