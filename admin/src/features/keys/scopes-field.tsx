import type { Scope } from '@tocsin/shared';
import { scopeLabels } from '../../lib/labels.ts';
import { useCan } from '../../lib/session.ts';

export type GrantableScope = Exclude<Scope, 'operator'>;

const grantableScopes = Object.keys(scopeLabels).filter(
  (scope): scope is GrantableScope => scope !== 'operator',
);

/**
 * Selects the scopes of a new key. Lists only scopes that the actor has, because the server rejects others.
 */
export function ScopesField({
  selected,
  onChange,
}: {
  readonly selected: readonly GrantableScope[];
  readonly onChange: (selected: readonly GrantableScope[]) => void;
}) {
  const can = useCan();
  const hasFullAccess = selected.includes('*');
  return (
    <fieldset>
      <legend className="mb-1.5 text-[0.9rem] font-medium">Scopes</legend>
      <ul className="flex flex-col gap-1.5">
        {grantableScopes
          .filter((scope) => can(scope))
          .map((scope) => (
            <li key={scope}>
              <label className="flex items-start gap-2.5 text-[0.9333rem]">
                <input
                  type="checkbox"
                  className="mt-1"
                  checked={selected.includes(scope) || hasFullAccess}
                  disabled={hasFullAccess && scope !== '*'}
                  onChange={(event) =>
                    onChange(
                      event.target.checked
                        ? [...selected, scope]
                        : selected.filter((other) => other !== scope),
                    )
                  }
                />
                <span>
                  {scopeLabels[scope]} <code className="ml-1 font-mono text-xs text-ink-3">{scope}</code>
                </span>
              </label>
            </li>
          ))}
      </ul>
    </fieldset>
  );
}
