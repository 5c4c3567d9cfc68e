/** A name that somebody chose, as a terminal may be shown it: it moves no cursor and turns no letters round. */
export function printable(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, " ");
}
