/** The SQLSTATE of an error from PostgreSQL, else "". */
export function sqlState(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
