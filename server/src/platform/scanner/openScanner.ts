import type { Config } from "../../config.ts";
import { createClamd } from "./clamd.ts";
import type { Scanner } from "./scanner.ts";

const MIB = 1024 * 1024;

/** The configured virus scanner, or null. */
export function openScanner(
  config: Pick<Config, "CLAMD_ADDRESS" | "CLAMD_STREAM_MAX_MIB" | "CLAMD_TIMEOUT_SECONDS">,
): Scanner | null {
  if (config.CLAMD_ADDRESS === "") return null;
  return createClamd({
    address: config.CLAMD_ADDRESS,
    mostBytes: config.CLAMD_STREAM_MAX_MIB * MIB,
    timeoutMs: config.CLAMD_TIMEOUT_SECONDS * 1000,
  });
}
