import { type ParseArgsConfig, parseArgs } from "node:util";
import { AppError } from "../errors.ts";

export interface Option {
  /** What stands for the value in the usage line; without it the option is a switch. */
  readonly value?: string;
  readonly required?: true;
  readonly help: string;
}

/** What a command is run with. */
export interface Invocation {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  readonly positionals: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

/** One command of the CLI, as its file in this folder exports it. */
export interface Command {
  /** One or more sentences under the usage line of `--help`. */
  readonly help: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Names of the positional arguments, all required. */
  readonly positionals?: readonly string[];
  /** One more after them, which may be left out. */
  readonly optionalPositional?: string;
  /** Resolves to the exit status; nothing is 0. */
  run(invocation: Invocation): Promise<number | undefined>;
}

export function usageLine(name: string, { options, positionals = [], optionalPositional }: Command): string {
  const words = Object.entries(options).map(([option, { value, required }]) => {
    const word = value === undefined ? `--${option}` : `--${option} ${value}`;
    return required ? word : `[${word}]`;
  });
  const optional = optionalPositional === undefined ? [] : [`[${optionalPositional}]`];
  return ["Usage: magtrace", name, ...positionals, ...optional, ...words].join(" ");
}

export function helpText(name: string, command: Command): string {
  const rows = Object.entries({ ...command.options, help: { help: "Shows this." } as Option }).map(
    ([option, { value, help }]): [string, string] => [`--${option}${value ? ` ${value}` : ""}`, help],
  );
  return `${usageLine(name, command)}\n\n${command.help}\n\n${table(rows)}`;
}

/** Two columns, the first as wide as its widest cell. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}

/** @throws {AppError} bad_request, with the usage line, for anything the command does not know. */
export function parseInvocation(
  name: string,
  command: Command,
  args: readonly string[],
): Pick<Invocation, "values" | "switches" | "positionals"> & { readonly wantsHelp: boolean } {
  const options: NonNullable<ParseArgsConfig["options"]> = { help: { type: "boolean", short: "h" } };
  for (const [option, { value }] of Object.entries(command.options)) {
    options[option] = { type: value === undefined ? "boolean" : "string" };
  }
  const refuse = (what: string, cause?: unknown) =>
    new AppError("bad_request", `${what}\n${usageLine(name, command)}`, { cause });
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw refuse(cause instanceof Error ? firstSentence(cause.message) : "Unknown option.", cause);
  }
  const values: Record<string, string | undefined> = {};
  const switches = new Set<string>();
  for (const [option, value] of Object.entries(parsed.values)) {
    if (typeof value === "string") values[option] = value;
    else if (value === true) switches.add(option);
  }
  const wantsHelp = switches.has("help");
  const expected = command.positionals ?? [];
  if (!wantsHelp) {
    const missing = Object.entries(command.options).find(
      ([option, { required }]) => required && values[option] === undefined,
    );
    if (missing) throw refuse(`--${missing[0]} is missing.`);
    const most = expected.length + (command.optionalPositional === undefined ? 0 : 1);
    if (parsed.positionals.length < expected.length || parsed.positionals.length > most) {
      const surplus = parsed.positionals[most];
      throw refuse(
        surplus === undefined
          ? `${expected[parsed.positionals.length]} is missing.`
          : `There is no argument "${surplus}" here.`,
      );
    }
  }
  return { values, switches, positionals: parsed.positionals, wantsHelp };
}

/** parseArgs goes on to explain how to quote; the usage line does that better. */
function firstSentence(message: string): string {
  return `${message.split(/\. |\n/)[0]?.replace(/\.$/, "")}.`;
}
