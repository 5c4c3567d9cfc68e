import type { Hdf5Column } from "./hdf5Table.ts";
import type { SharedPage } from "./sharedPages.ts";

export interface ThreadSetup {
  readonly size: number;
  readonly shared: SharedPage;
  readonly memoryBytes: number;
}

export type ThreadRequest =
  | { readonly kind: "tables" }
  | {
      readonly kind: "read";
      readonly columns: readonly Hdf5Column[];
      readonly from: number;
      readonly rows: number;
    };

export type ThreadAnswer =
  | { readonly kind: "page"; readonly page: number }
  | { readonly kind: "answer"; readonly value: unknown }
  /** Whether the message is in words for whoever has to mend the file. */
  | { readonly kind: "refused"; readonly message: string; readonly isClear: boolean };
