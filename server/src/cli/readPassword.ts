import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { AppError } from "../errors.ts";

/**
 * The password for a command: one line of standard input, asked for and not shown when that is a terminal. An
 * argument would be seen by everybody on the machine.
 */
export async function readPassword(
  input: NodeJS.ReadableStream & { isTTY?: boolean } = process.stdin,
): Promise<string> {
  const isTerminal = input.isTTY === true;
  if (isTerminal) process.stderr.write("Password: ");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) {
      if (isTerminal) process.stderr.write("\n");
      if (line === "") break;
      return line;
    }
  } finally {
    lines.close();
  }
  throw new AppError(
    "bad_request",
    "No password was given. Type it, or send it as the first line of standard input.",
  );
}
