import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './pack-folder.ts';

const ownScope = '@tocsin/';

/** The parts of a CycloneDX document that are read here. `npm sbom` writes the whole document. */
interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
}

export interface BillOptions {
  /** Root of the repository, with its dependencies installed. */
  readonly root: string;
  /** Name of the package, such as `@tocsin/server`. */
  readonly subject: string;
  readonly type: 'application' | 'library';
  /** Folders of the workspaces whose dependencies are shipped, or required by what is shipped. */
  readonly workspaces: readonly string[];
  /** A list of libraries in a bundle, as vite writes it. Their versions are added. */
  readonly bundledList?: string;
}

/**
 * Returns the software bill of materials (SBOM) of a tarball, as CycloneDX in JSON. It names the exact versions of the
 * lock file, which the tests ran with.
 */
export function toBillOfMaterials({ root, subject, type, workspaces, bundledList }: BillOptions): string {
  const listed = query(root, workspaces);
  const refs = findShipped(readLockFile(root), listed, workspaces);
  const shipped = { ...listed, components: listed.components.filter((one) => refs.has(one['bom-ref'])) };
  const inUi = bundledList === undefined ? [] : findBundled(root, bundledList);
  const own = shipped.components.find(({ name }) => name === subject);
  if (own === undefined) throw new Error(`npm sbom does not list ${subject}`);
  const components = uniqueByRef([...shipped.components, ...inUi]).filter((component) => component !== own);
  const known = new Set([own, ...components].map((component) => component['bom-ref']));
  const bill: Bom = {
    ...shipped,
    metadata: { ...shipped.metadata, component: { ...own, type } },
    components,
    dependencies: shipped.dependencies
      .filter(({ ref }) => known.has(ref))
      .map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: [
          ...dependsOn.filter((other) => known.has(other)),
          ...(ref === own['bom-ref'] ? inUi.map((component) => component['bom-ref']) : []),
        ],
      })),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function query(root: string, workspaces: readonly string[]): Bom {
  const folders = workspaces.flatMap((folder) => ['--workspace', folder]);
  // `as`: the format of npm sbom.
  const bom = JSON.parse(npm(root, 'sbom', '--sbom-format', 'cyclonedx', ...folders)) as Bom;
  // npm names a workspace by its folder.
  const components = bom.components.map((component) => ({
    ...component,
    name: component['bom-ref'].slice(0, component['bom-ref'].lastIndexOf('@')),
  }));
  return { ...bom, components };
}

/**
 * Returns what the packages of the workspaces depend on. npm also lists their peers, those of their dependencies if they
 * are installed, and what the repository itself has as a dependency and as a tool.
 */
function findShipped(
  locked: ReadonlyMap<string, LockedPackage>,
  { components, dependencies }: Bom,
  workspaces: readonly string[],
): ReadonlySet<string> {
  const edges = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const names = new Map(components.map((component) => [component['bom-ref'], component.name]));
  const shipped = new Set<string>();
  const add = (ref: string): void => {
    if (shipped.has(ref)) return;
    shipped.add(ref);
    const needed = new Set(listNeeds(locked.get(ref)));
    for (const other of edges.get(ref) ?? []) if (needed.has(names.get(other) ?? '')) add(other);
  };
  for (const [ref, { path }] of locked) if (workspaces.includes(path)) add(ref);
  return shipped;
}

interface LockedPackage {
  /** The folder, from the root of the repository. */
  readonly path: string;
  /** Only workspaces and aliases have one. */
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/** The packages of the lock file, by the references that npm has for them. */
function readLockFile(root: string): ReadonlyMap<string, LockedPackage> {
  // `as`: the format of package-lock.json.
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Record<string, Omit<LockedPackage, 'path'>>;
  };
  return new Map(
    Object.entries(packages).map(([path, locked]) => {
      const name = locked.name ?? path.split('node_modules/').at(-1) ?? '';
      return [`${name}@${locked.version}`, { path, ...locked }];
    }),
  );
}

/** The names of what a package needs at run time. */
function listNeeds(locked: LockedPackage | undefined): readonly string[] {
  if (locked === undefined) return [];
  const { name = '', dependencies, optionalDependencies, devDependencies, peerDependencies = {} } = locked;
  const needed = Object.keys({ ...dependencies, ...optionalDependencies });
  if (!name.startsWith(ownScope)) return needed;
  // What our packages have for their build, and not as a peer, they put inline.
  return [...needed, ...Object.keys(devDependencies ?? {}).filter((other) => !(other in peerDependencies))];
}

/** The components of the admin UI. Its workspace also lists build tools, which are not shipped. */
function findBundled(root: string, list: string): readonly Component[] {
  // `as`: the format of vite's `build.license`.
  const bundled = JSON.parse(readFileSync(list, 'utf8')) as { name: string; version: string }[];
  const { components } = query(root, ['admin']);
  return bundled.map(({ name, version }) => {
    const found = components.find((component) => component.name === name && component.version === version);
    if (found === undefined) throw new Error(`npm sbom does not list ${name}@${version} of the admin UI`);
    return found;
  });
}

function uniqueByRef(components: readonly Component[]): readonly Component[] {
  return [...new Map(components.map((component) => [component['bom-ref'], component])).values()];
}
