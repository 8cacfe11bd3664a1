import { classNames } from './class-names.ts';
import { CopyIcon } from './copy-button.tsx';

/**
 * Text as text: nothing in it is ever read as HTML, whoever wrote it. Long lines scroll inside, unless they are wrapped.
 */
export function CodeBlock({
  label,
  text,
  isWrapped = false,
  maxHeight = 'max-h-96',
}: {
  readonly label: string;
  readonly text: string;
  readonly isWrapped?: boolean;
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
          isWrapped && 'break-all whitespace-pre-wrap',
          maxHeight,
        )}
      >
        {text}
      </pre>
      <span className="absolute top-1.5 right-1.5">
        <CopyIcon text={text} label={`Copy ${label.toLowerCase()}`} />
      </span>
    </div>
  );
}
