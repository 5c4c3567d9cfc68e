import { createHash } from "node:crypto";
import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";
import { type RoleUrls, roleUrls } from "./roles.ts";

type RoleConfig = Pick<Config, "DATABASE_APP_URL" | "DATABASE_ACCOUNTS_URL" | "DATABASE_QUEUE_URL">;

/** How the running program reaches the database. */
export interface RuntimeUrls extends RoleUrls {
  /** What the roles' passwords are made from, or null when the operator manages the roles. */
  readonly roleSecret: Uint8Array | null;
}

/**
 * The URLs of the runtime roles: those configured, or made from the owner's. The roles' passwords then follow from
 * the owner's password, so every machine that is given the same DATABASE_URL arrives at the same ones.
 *
 * @throws {AppError} invalid_config when only some are configured, or the owner has no password to start from.
 */
export function runtimeUrls(config: RoleConfig, ownerUrl: string): RuntimeUrls {
  const given = [config.DATABASE_APP_URL, config.DATABASE_ACCOUNTS_URL, config.DATABASE_QUEUE_URL];
  const [app = "", accounts = "", queue = ""] = given;
  if (given.every((url) => url !== "")) return { app, accounts, queue, roleSecret: null };
  if (given.some((url) => url !== "")) {
    throw new AppError(
      "invalid_config",
      "DATABASE_APP_URL, DATABASE_ACCOUNTS_URL and DATABASE_QUEUE_URL must be given together or not at all.",
    );
  }
  const { password } = new URL(ownerUrl);
  if (password === "") {
    throw new AppError(
      "invalid_config",
      "DATABASE_URL has no password. Add it, or give DATABASE_APP_URL, DATABASE_ACCOUNTS_URL and DATABASE_QUEUE_URL.",
    );
  }
  const roleSecret = createHash("sha256")
    .update(`magtrace runtime roles ${decodeURIComponent(password)}`)
    .digest();
  return { ...roleUrls(ownerUrl, roleSecret), roleSecret };
}
