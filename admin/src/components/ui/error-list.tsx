/** Several errors of one control. Pass it as the error of a Field. */
export function ErrorList({ errors }: { readonly errors: readonly string[] }) {
  if (errors.length === 1) return errors[0];
  return (
    <ul className="list-disc pl-4">
      {errors.map((error) => (
        <li key={error}>{error}</li>
      ))}
    </ul>
  );
}
