import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { helpText, parseInvocation, table } from "./cli/command.ts";
import { commands } from "./cli/commands.ts";
import { type Environment, readConfig } from "./config.ts";
import { AppError } from "./errors.ts";

/** Runs one command line and resolves to the exit status. */
export async function runCli(args: readonly string[], environment: Environment): Promise<number> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  try {
    return await dispatch(args, environment, print);
  } catch (error) {
    if (error instanceof AppError) {
      process.stderr.write(`${error.message}\n`);
      return error.meaning.exit;
    }
    const id = randomUUID();
    const where = logUnexpected(error, id, environment);
    process.stderr.write(`MagTrace met an unexpected error, ${id}. ${where}\n`);
    return 70;
  }
}

async function dispatch(
  args: readonly string[],
  environment: Environment,
  print: (line: string) => void,
): Promise<number> {
  const [first = "", second = ""] = args;
  if (first === "" || first === "--help" || first === "-h" || first === "help") {
    print(overview(Object.keys(commands)));
    return first === "" ? 2 : 0;
  }
  if (first === "--version") {
    print(readConfig({}).version);
    return 0;
  }
  const twoWords = `${first} ${second}`;
  const name = twoWords in commands ? twoWords : first;
  const entry = commands[name];
  if (entry === undefined) {
    const family = Object.keys(commands).filter((known) => known.startsWith(`${first} `));
    if (family.length === 0) throw new AppError("bad_request", `Unknown command "${first}".\n${usage}`);
    print(overview(family));
    return second === "--help" || second === "-h" ? 0 : 2;
  }
  const { command } = await entry.load();
  const parsed = parseInvocation(name, command, args.slice(name.split(" ").length));
  if (parsed.wantsHelp) {
    print(helpText(name, command));
    return 0;
  }
  return (await command.run({ ...parsed, environment, print })) ?? 0;
}

const usage = "Usage: magtrace COMMAND [OPTIONS]   (magtrace --help lists the commands)";

function overview(names: readonly string[]): string {
  const rows = names.map((name): [string, string] => [name, commands[name]?.summary ?? ""]);
  return `Usage: magtrace COMMAND [OPTIONS]\n\n${table(rows)}\n\nmagtrace COMMAND --help tells more.`;
}

/** Keeps the whole error where an operator finds it; users get its number only. */
function logUnexpected(error: unknown, id: string, environment: Environment): string {
  const text = `${new Date().toISOString()} ${id} ${error instanceof Error ? error.stack : String(error)}\n`;
  const dataDir = resolve(environment.MAGTRACE_DATA_DIR || "./data");
  try {
    if (existsSync(dataDir)) {
      mkdirSync(join(dataDir, "logs"), { recursive: true, mode: 0o700 });
      appendFileSync(join(dataDir, "logs", "cli.log"), text, { mode: 0o600 });
      return "It is described in logs/cli.log in the data folder.";
    }
  } catch {
    // Then it goes to the terminal.
  }
  return text;
}

if (import.meta.main) process.exit(await runCli(process.argv.slice(2), process.env));
