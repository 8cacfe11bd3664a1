import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { LoaderCircle } from 'lucide-react';
import { Link } from 'wouter';
import { classNames } from './class-names.ts';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';
type Size = 'medium' | 'small';

const variants: Record<Variant, string> = {
  primary: 'bg-ink text-bg hover:bg-ink/85 border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-sunken',
  ghost: 'bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft',
};

function buttonClassName(look: Variant, size: Size, extra: string | undefined): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg border font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-progress aria-disabled:opacity-50',
    size === 'small' ? 'h-8 px-2.5 text-[0.8667rem]' : 'h-9 px-3.5 text-[0.9333rem]',
    variants[look],
    extra,
  );
}

interface CommonProps {
  readonly variant?: Variant;
  readonly size?: Size;
  readonly icon?: ReactNode;
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, CommonProps {
  readonly loading?: boolean;
}

/** A button. While `loading` it does nothing and shows a spinner, but keeps the focus, which a disabled one loses. */
export function Button({
  variant = 'secondary',
  size = 'medium',
  icon,
  loading = false,
  ...props
}: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      aria-disabled={loading || undefined}
      aria-busy={loading || undefined}
      onClick={loading ? (event) => event.preventDefault() : props.onClick}
      className={buttonClassName(variant, size, props.className)}
    >
      {loading ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {props.children}
    </button>
  );
}

export function ButtonLink({
  variant = 'secondary',
  size = 'medium',
  icon,
  href,
  children,
}: CommonProps & { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} className={buttonClassName(variant, size, undefined)}>
      {icon}
      {children}
    </Link>
  );
}

export function IconButton({
  label,
  children,
  ...props
}: ButtonHTMLAttributes<HTMLButtonElement> & { readonly label: string }) {
  return (
    <button
      type="button"
      {...props}
      aria-label={label}
      title={label}
      className={classNames(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-3 transition-colors hover:bg-sunken hover:text-ink',
        props.className,
      )}
    >
      {children}
    </button>
  );
}
