/** Pins a type to one of its versions. */
export function VersionPin({
  type,
  versions,
  value,
  onChange,
}: {
  readonly type: string;
  /** Those that it can be pinned to, oldest first. */
  readonly versions: readonly number[];
  /** Undefined: the newest version. */
  readonly value: number | undefined;
  readonly onChange: (version: number | undefined) => void;
}) {
  const newest = versions.at(-1);
  const isGone = value !== undefined && !versions.includes(value);
  return (
    <select
      aria-label={`Version of ${type}`}
      className="field h-7! w-auto! max-w-full text-[0.8rem]!"
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
    >
      <option value="">Newest version{newest === undefined ? '' : `, now ${newest}`}</option>
      {isGone && <option value={value}>Version {value} (cannot be sent)</option>}
      {versions.toReversed().map((version) => (
        <option key={version} value={version}>
          Version {version}
        </option>
      ))}
    </select>
  );
}
