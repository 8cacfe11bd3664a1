/** Failed attempts in each of the last 24 hours, as bars. */
export function HourlyBars({ hourly }: { readonly hourly: readonly number[] }) {
  const most = Math.max(1, ...hourly);
  const total = hourly.reduce((sum, count) => sum + count, 0);
  return (
    <svg
      role="img"
      aria-label={`${total} failed attempts in the last 24 hours`}
      viewBox={`0 0 ${hourly.length * 4} 20`}
      className="h-5 w-20"
      preserveAspectRatio="none"
    >
      {hourly.map((count, index) => {
        const height = count === 0 ? 1 : Math.max(3, (20 * count) / most);
        return (
          <rect
            // The hours have no other identity than their place.
            key={index}
            x={index * 4}
            y={20 - height}
            width={3}
            height={height}
            className={count === 0 ? 'fill-line-strong' : 'fill-bad-fill'}
          />
        );
      })}
    </svg>
  );
}
