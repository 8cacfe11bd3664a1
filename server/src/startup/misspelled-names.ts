import { findNamesWithin } from '@tocsin/shared';
import { environment } from '../config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the command line tool. */
const clientNames = ['TOCSIN_URL', 'TOCSIN_TOKEN'];

const settings: readonly string[] = Object.keys(environment.shape);

/** Names that do not belong to a shell variable are never repeated in a message. */
const plainName = /^[A-Za-z][A-Za-z0-9_]{2,63}$/;

/** Variables that Kubernetes adds for each Service, here for one named tocsin. */
const serviceLink = /_SERVICE_HOST$|_SERVICE_PORT|_PORT_\d+_(TCP|UDP)|_PORT$/;

const ownPrefix = 'TOCSIN_';
const maxWarnings = 10;

/** A variable that looks like a misspelled setting. */
export interface MisspelledName {
  readonly name: string;
  /** The setting that was probably meant. Undefined for an unknown name with our own prefix. */
  readonly near: string | undefined;
}

/**
 * Returns the variables that are no settings, but look like one: a near name, another case, or a name with the
 * prefix `TOCSIN_`. Unknown variables are otherwise ordinary, because every shell has some.
 */
export function findMisspelledNames(env: Environment): MisspelledName[] {
  return Object.keys(env)
    .filter((name) => plainName.test(name) && !isKnown(name) && !name.startsWith('npm_'))
    .flatMap((name) => toMisspelled(name, env[name] ?? ''))
    .slice(0, maxWarnings);
}

export function toWarning({ name, near }: MisspelledName): string {
  const hint = near === undefined ? 'see docs/configuration.md for all settings' : `did you mean ${near}?`;
  return `${name} is not a setting of Tocsin and is ignored; ${hint}`;
}

function toMisspelled(name: string, value: string): MisspelledName[] {
  const upper = name.toUpperCase();
  if (!upper.startsWith(ownPrefix)) {
    const near = findNear(upper, settings);
    return near === undefined ? [] : [{ name, near }];
  }
  if (serviceLink.test(upper) && (upper !== 'TOCSIN_PORT' || value.includes('://'))) return [];
  const rest = upper.slice(ownPrefix.length);
  if (settings.includes(rest)) return [{ name, near: rest }];
  return [{ name, near: findNear(upper, clientNames) ?? findNear(rest, settings) }];
}

function isKnown(name: string): boolean {
  return settings.includes(name) || clientNames.includes(name);
}

/** A short name is near to many ordinary ones: HOME differs from HOST in two characters. */
function findNear(name: string, known: readonly string[]): string | undefined {
  const maxDistance = name.length <= 5 ? 1 : name.length <= 8 ? 2 : 3;
  return findNamesWithin(name, known, () => maxDistance)[0];
}
