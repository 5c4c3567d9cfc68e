import { createTokenFor } from "../accounts/tokens/tokens.ts";
import { AppError } from "../errors.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import { choiceOf } from "./choiceOf.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

const scopes = ["read", "write", "train", "admin"] as const;
const DAY_MS = 86_400_000;

export const command: Command = {
  help: "Makes an API token and prints it, this once. Send it as `Authorization: Bearer TOKEN`.",
  options: {
    user: { value: "EMAIL", required: true, help: "Account whose token it is; it can do no more than that." },
    scopes: { value: "LIST", required: true, help: "Any of read,write,train,admin, by commas." },
    name: { value: "NAME", help: "What it is for; shown in the list of tokens." },
    project: { value: "ID", help: "The one project it is good for; all of the account's when left out." },
    expires: { value: "WHEN", help: "A date (2027-01-31) or days from now (90d); never when left out." },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const {
      user = "",
      scopes: list = "",
      name = "made on the command line",
      project,
      expires,
    } = invocation.values;
    const request = {
      name,
      scopes: [...new Set(list.split(",").map((scope) => choiceOf("scopes", scopes, scope.trim())))],
      ...(project === undefined ? {} : { project: projectId(project) }),
      ...(expires === undefined ? {} : { expires_at: expiry(expires, Date.now()).toISOString() }),
    };
    const { token } = await withAccounts(config, (pool) => createTokenFor(pool, user, request));
    invocation.print(token);
    return 0;
  },
};

function projectId(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new AppError("bad_request", `--project is the number of a project, not "${text}".`);
  }
  return Number(text);
}

/** @throws {AppError} bad_request for what is neither a date nor days, or lies in the past. */
export function expiry(text: string, nowMs: number): Date {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const isDate = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text);
  const atMs = days !== undefined ? nowMs + Number(days) * DAY_MS : isDate ? Date.parse(text) : Number.NaN;
  if (!(atMs > nowMs)) {
    throw new AppError(
      "bad_request",
      `--expires is a coming date like 2027-01-31 or days like 90d, not "${text}".`,
    );
  }
  return new Date(atMs);
}
