import { useEffect, useRef } from "react";

/** Whether a key press belongs to a field or an open dialog rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=dialog]") !== null) return true;
  // A switch that has just been clicked has the focus, too, and takes no letters.
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|file)$/.test(target.type);
  return /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Calls `onKey` for every key press that is not somebody's typing; true from it means the key has been used. */
export function useKeys(onKey: (event: KeyboardEvent) => boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target)) return;
      if (latest.current(event)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
