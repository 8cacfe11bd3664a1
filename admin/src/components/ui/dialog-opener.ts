import { createContext, useContext, useEffect, useState, type RefObject } from 'react';

/**
 * What opened the first of several dialogs, each of which opens the next as it closes. The last one can return the focus
 * only there.
 */
export const FirstOpenerContext = createContext<RefObject<Element | null> | null>(null);

/** Remembers what has the focus when a dialog opens. Returns a function that focuses it again. */
export function useDialogOpener(isOpen: boolean): () => void {
  const first = useContext(FirstOpenerContext);
  const [wasOpen, setWasOpen] = useState(false);
  const [opener, setOpener] = useState<Element | null>(null);
  useEffect(() => {
    if (first !== null && opener !== null && opener.closest('[role=dialog]') === null) first.current = opener;
  }, [first, opener]);
  // While rendering: a field with `autoFocus` takes the focus before an effect could look.
  if (isOpen !== wasOpen) {
    setWasOpen(isOpen);
    if (isOpen) setOpener(findOpener());
  }
  return () => {
    const candidates = [opener, first?.current].filter((element) => element instanceof HTMLElement);
    candidates.find((element) => element.isConnected && element !== document.body)?.focus();
    if (document.activeElement === null || document.activeElement === document.body) {
      document.getElementById('content')?.focus({ preventScroll: true });
    }
  };
}

/** The focused element. For an item of a menu, which is gone by the time the dialog closes, what opened the menu. */
function findOpener(): Element | null {
  const menu = document.activeElement?.closest('[role=menu]');
  const trigger = menu?.getAttribute('aria-labelledby') ?? null;
  return trigger === null ? document.activeElement : document.getElementById(trigger);
}
