export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text: nothing that people have written in it can become markup. */
  readonly text: string;
}
