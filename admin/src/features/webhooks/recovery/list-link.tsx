import { Link } from 'wouter';

/** A link to the deliveries behind a number. */
export function ListLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Link href={href} className="text-accent underline">
      {children}
    </Link>
  );
}
