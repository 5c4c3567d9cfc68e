import type { Finding } from "@magtrace/contracts";
import { ApiError } from "../../api/apiError.ts";

export interface Findings {
  readonly shown: readonly Finding[];
  /** How many there are in all; at least as many as are shown. */
  readonly total: number;
}

function isFinding(value: unknown): value is Finding {
  return value !== null && typeof value === "object" && typeof (value as Finding).expected === "string";
}

/** What a refused file has to be mended, or null where the refusal was for another reason. */
export function readFindings(error: unknown): Findings | null {
  if (!(error instanceof ApiError) || error.details === null || typeof error.details !== "object")
    return null;
  const { findings, total_findings: total } = error.details as {
    findings?: unknown;
    total_findings?: unknown;
  };
  if (!Array.isArray(findings)) return null;
  const shown = findings.filter(isFinding);
  if (shown.length === 0) return null;
  return { shown, total: typeof total === "number" && total > shown.length ? total : shown.length };
}
