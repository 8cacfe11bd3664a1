import { classNames } from './class-names.ts';
import { CopyIconButton } from './copy-button.tsx';

/** Monospaced text, never rendered as HTML. Long lines scroll unless `wrap` is set. */
export function CodeBlock({
  label,
  text,
  wrap = false,
  maxHeight = 'max-h-96',
}: {
  readonly label: string;
  readonly text: string;
  readonly wrap?: boolean;
  readonly maxHeight?: string;
}) {
  return (
    <div className="relative">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={classNames(
          'overflow-auto rounded-lg bg-sunken px-3.5 py-3 pr-10 font-mono text-[0.8rem] leading-relaxed',
          wrap && 'wrap-anywhere whitespace-pre-wrap',
          maxHeight,
        )}
      >
        {text}
      </pre>
      <span className="absolute top-1.5 right-1.5">
        <CopyIconButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </span>
    </div>
  );
}
