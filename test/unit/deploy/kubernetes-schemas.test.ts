import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'deploy/kubernetes');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Each class validates with the JSON schemas that Kubernetes publishes. */
const models = { ConfigMap, Deployment, PodDisruptionBudget, Secret, Service } satisfies Record<
  string,
  unknown
>;

const isKnownKind = (kind: string): kind is keyof typeof models => kind in models;

const manifests = readdirSync(folder).flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => ({
    file,
    // `as`: the first test checks both fields.
    manifest: document.toJS() as Manifest,
  })),
);

/** Throws the first value that breaks the published schema of its kind. */
function validate(manifest: Manifest): void {
  if (!isKnownKind(manifest.kind)) throw new Error(`no schema for the kind ${manifest.kind}`);
  const { apiVersion, kind } = models[manifest.kind];
  expect([manifest.apiVersion, manifest.kind]).toEqual([apiVersion, kind]);
  // `as`: the schema decides whether it is one.
  new models[manifest.kind](manifest as never).validate();
}

/**
 * Returns the fields that the API does not know. The published schemas ignore them, and so does the cluster, while the
 * types that are made of the same schemas do not.
 */
function findUnknownFields(documents: readonly Manifest[]): readonly string[] {
  const lines = documents.map(({ apiVersion, kind }, index) => {
    const source = `kubernetes-models/${apiVersion}/${kind}`;
    return `import type { I${kind} as T${index} } from '${source}';\nexport const m${index}: T${index} = ${JSON.stringify(documents[index])};`;
  });
  const file = join(root, 'test/unit/deploy/manifests.generated.mts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
    lib: ['lib.es5.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version, ...rest) =>
    name === file
      ? ts.createSourceFile(name, lines.join('\n'), version)
      : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the manifests of Kubernetes', () => {
  it.each(manifests)(
    '$manifest.kind in $file has the types and fields that its schema requires',
    ({ manifest }) => {
      expect(() => validate(manifest)).not.toThrow();
    },
  );

  const [deployment] = manifests.filter(({ manifest }) => manifest.kind === 'Deployment');
  const text = JSON.stringify(deployment?.manifest);
  // `as`: a manifest with one change.
  const broken = (from: string, to: string) => JSON.parse(text.replace(from, to)) as Manifest;

  it('would fail with a wrong type or without a required field', () => {
    expect(() => validate(broken('"replicas":2', '"replicas":"two"'))).toThrow('replicas');
    expect(() => validate(broken('"selector":', '"selectors":'))).toThrow('selector');
  });

  it('have no fields that the API does not know', () => {
    const misspelled = broken('"readinessProbe":', '"readyProbe":');
    expect(() => validate(misspelled)).not.toThrow();
    // One program for both, because making one takes a second.
    const unknown = findUnknownFields([...manifests.map(({ manifest }) => manifest), misspelled]);
    expect(unknown).toEqual([expect.stringMatching(/"readyProbe".* does not exist in type 'IContainer'/)]);
  });
});
