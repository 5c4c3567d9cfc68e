import { type RefObject, useEffect, useRef } from "react";

/**
 * For what takes the place of something that had the focus, such as the next step of a form: it is read out, and the
 * keyboard goes on there rather than from the top of the page. Not interactive elements need a `tabIndex` of -1.
 */
export function useFocusOnce<Element extends HTMLElement>(): RefObject<Element | null> {
  const element = useRef<Element>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
