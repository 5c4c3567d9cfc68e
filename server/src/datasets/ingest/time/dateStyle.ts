/** How a date, with or without a time of day, is written where it is not ISO 8601. */
export interface WrittenDate {
  /**
   * `ymd`, `dmy`, `mdy`: numbers between separators; `…_digits`: 8 or 6 digits together; `named`: the month by its
   * name; `year_day`: year and day of the year.
   */
  readonly order: "ymd" | "dmy" | "mdy" | "ymd_digits" | "dmy_digits" | "mdy_digits" | "named" | "year_day";
  /** `none`: the date alone; `colons`: `H:MM[:SS[.f]]`; `digits`: `HHMM[SS[.f]]`. */
  readonly clock: "none" | "colons" | "digits";
  /** Hours from 1 to 12 with AM or PM behind. */
  readonly meridiem: boolean;
  /** Letters behind each time that name a zone only the caller can tell. */
  readonly zoneName: string | null;
}
