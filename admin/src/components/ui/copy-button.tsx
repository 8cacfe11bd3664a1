import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';

function useCopied(): readonly [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  return [
    copied,
    (text) => {
      void copyText(text).then(setCopied);
    },
  ];
}

/**
 * Copies text. `navigator.clipboard` needs HTTPS or localhost, and self-hosted servers often run on plain
 * HTTP, so this falls back to `execCommand`.
 */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    // An open dialog traps focus, so the text area must be inside it to keep its selection.
    (document.querySelector('[role=dialog]') ?? document.body).append(area);
    area.select();
    // oxlint-disable-next-line typescript/no-deprecated -- the only way without a secure context
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function CopyIconButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, copy] = useCopied();
  return (
    <IconButton
      label={copied ? 'Copied' : label}
      className="relative z-10 size-6!"
      onClick={() => copy(text)}
    >
      {copied ? (
        <Check aria-hidden className="size-3.5 text-ok" />
      ) : (
        <Copy aria-hidden className="size-3.5" />
      )}
    </IconButton>
  );
}

export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [copied, copy] = useCopied();
  return (
    <Button
      onClick={() => copy(text)}
      icon={
        copied ? <Check aria-hidden className="size-4 text-ok" /> : <Copy aria-hidden className="size-4" />
      }
    >
      {copied ? 'Copied' : label}
    </Button>
  );
}

/** A full id with a copy button. */
export function CopyableId({ id }: { readonly id: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="min-w-0 truncate font-mono text-[0.8667rem]">{id}</code>
      <CopyIconButton text={id} label={`Copy ${id}`} />
    </span>
  );
}
