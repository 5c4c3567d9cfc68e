import { type Config, readConfig } from "../config.ts";
import type { Invocation, Option } from "./command.ts";

/** Options that stand for a variable of the same meaning; each wins over the environment. */
const variableOf = {
  "data-dir": "MAGTRACE_DATA_DIR",
  port: "PORT",
  host: "HOST",
  workers: "MAGTRACE_WORKERS",
} as const;

export const dataDirOption: Record<string, Option> = {
  "data-dir": { value: "FOLDER", help: "Data folder; MAGTRACE_DATA_DIR, else ./data." },
};

export const listenOptions: Record<string, Option> = {
  port: { value: "NUMBER", help: "Port of the api; PORT, else 8000." },
  host: { value: "ADDRESS", help: "Address to listen on; HOST, else 127.0.0.1." },
};

export const workersOption: Record<string, Option> = {
  workers: { value: "NUMBER", help: "Worker processes; MAGTRACE_WORKERS, else 1." },
};

/** The environment with the command's options put in, and the configuration read from it. */
export function configOf({ values, environment }: Pick<Invocation, "values" | "environment">): {
  environment: Invocation["environment"];
  config: Config;
} {
  const merged: Record<string, string | undefined> = { ...environment };
  for (const [option, variable] of Object.entries(variableOf)) {
    if (values[option] !== undefined) merged[variable] = values[option];
  }
  return { environment: merged, config: readConfig(merged) };
}
