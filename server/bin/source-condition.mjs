/**
 * Hook of module resolution: as `node --conditions=@tocsin/source`.
 *
 * @type {import('node:module').ResolveHook}
 */
export const resolve = (specifier, context, nextResolve) =>
  nextResolve(specifier, { ...context, conditions: [...context.conditions, '@tocsin/source'] });
