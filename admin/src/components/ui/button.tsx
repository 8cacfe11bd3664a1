import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { LoaderCircle } from 'lucide-react';
import { Link } from 'wouter';
import { classNames } from './class-names.ts';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-ink text-bg hover:bg-ink/85 border-transparent',
  plain: 'bg-surface text-ink border-line-strong hover:bg-sunken',
  quiet: 'bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft',
};

function style(look: Look, size: 'normal' | 'small', extra: string | undefined): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg border font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50',
    size === 'small' ? 'h-8 px-2.5 text-[0.8667rem]' : 'h-9 px-3.5 text-[0.9333rem]',
    looks[look],
    extra,
  );
}

interface CommonProps {
  readonly look?: Look;
  readonly size?: 'normal' | 'small';
  readonly icon?: ReactNode;
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, CommonProps {
  readonly isBusy?: boolean;
}

/** Keeps its width and its place while it is busy. */
export function Button({ look = 'plain', size = 'normal', icon, isBusy = false, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      disabled={props.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={style(look, size, props.className)}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {props.children}
    </button>
  );
}

export function ButtonLink({
  look = 'plain',
  size = 'normal',
  icon,
  href,
  children,
}: CommonProps & { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} className={style(look, size, undefined)}>
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
