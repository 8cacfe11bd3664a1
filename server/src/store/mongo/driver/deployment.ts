import { MongoClient, type Document } from 'mongodb';

/** Why Tocsin cannot use a MongoDB that responds. */
export type DeploymentProblem =
  | { readonly kind: 'standalone' }
  | { readonly kind: 'not_initiated' }
  | { readonly kind: 'not_primary' }
  | { readonly kind: 'other_set'; readonly name: string }
  | { readonly kind: 'too_old' };

/** A MongoDB that responds, but cannot be used. */
export class UnsuitableDeploymentError extends Error {
  override readonly name = 'UnsuitableDeploymentError';
  readonly problem: DeploymentProblem;
  /** Host and port. */
  readonly host: string;

  constructor(problem: DeploymentProblem, host: string) {
    super(`the MongoDB at ${host} cannot be used: ${problem.kind}`);
    this.problem = problem;
    this.host = host;
  }
}

/** The wire protocol of MongoDB 6.0. */
const minimumWireVersion = 17;

/**
 * Returns why a server cannot be used, by its reply to `hello`, or undefined if it can.
 *
 * @param replicaSet the `replicaSet` of the connection string
 */
export function findDeploymentProblem(
  hello: Document,
  replicaSet: string | undefined,
): DeploymentProblem | undefined {
  if (typeof hello['maxWireVersion'] === 'number' && hello['maxWireVersion'] < minimumWireVersion) {
    return { kind: 'too_old' };
  }
  // A router of a sharded cluster.
  if (hello['msg'] === 'isdbgrid') return undefined;
  if (hello['isreplicaset'] === true) return { kind: 'not_initiated' };
  const setName: unknown = hello['setName'];
  if (typeof setName !== 'string') return { kind: 'standalone' };
  if (replicaSet !== undefined && setName !== replicaSet) return { kind: 'other_set', name: setName };
  return hello['isWritablePrimary'] === true ? undefined : { kind: 'not_primary' };
}

/** Limit of the question why no primary was found. */
const diagnosisMs = 2_000;

/**
 * Asks the first host of a client directly why its driver found no primary. The driver drops a server that does
 * not belong to the replica set, together with the reason.
 *
 * @returns undefined if the host does not respond
 */
export async function diagnose(client: MongoClient): Promise<UnsuitableDeploymentError | undefined> {
  const { hosts, replicaSet, tls, ca, cert, key, passphrase } = client.options;
  const { rejectUnauthorized, checkServerIdentity } = client.options;
  const host = hosts[0]?.toString();
  if (host === undefined) return undefined;
  // `hello` needs no authentication.
  const direct = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: diagnosisMs,
    connectTimeoutMS: diagnosisMs,
    ...definedOnly({ tls, ca, cert, key, passphrase, rejectUnauthorized, checkServerIdentity }),
  });
  try {
    const problem = findDeploymentProblem(await direct.db('admin').command({ hello: 1 }), replicaSet);
    return problem === undefined ? undefined : new UnsuitableDeploymentError(problem, host);
  } catch {
    return undefined;
  } finally {
    await direct.close();
  }
}

function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // `as`: the entries are those of `options` that have a value.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
