/** Brings whoever fills in a form to its first field with a fault, which is read out with what is wrong with it. */
export function focusFirstFault(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
}
