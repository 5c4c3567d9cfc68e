import { AppError } from "../errors.ts";
import { freePort, listenOnce } from "../platform/freePort.ts";

/**
 * The port the api will listen on: the configured one, or for 0 a free one, chosen once so that a restarted api
 * keeps it.
 *
 * @throws {AppError} port_in_use; invalid_config when the port or address cannot be used at all.
 */
export async function choosePort(port: number, host: string): Promise<number> {
  try {
    if (port === 0) return await freePort(0, host);
    if ((await listenOnce(port, host)) !== undefined) return port;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what =
      code === "EACCES"
        ? `Port ${port} needs rights that this account lacks. Choose a port above 1023 with --port.`
        : `MagTrace cannot listen on ${host}, port ${port} (${code}). Set HOST to an address of this machine.`;
    throw new AppError("invalid_config", what, { cause });
  }
  throw new AppError(
    "port_in_use",
    `Port ${port} is already in use. Stop the program that has it, or choose another with --port or PORT.`,
    { details: { port } },
  );
}
