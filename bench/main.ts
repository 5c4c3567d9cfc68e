/** `npm run bench -- NAME [options]`: runs one benchmark of this folder. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { figureLine, isBench } from "./bench.ts";

const folder = import.meta.dirname;

/** The files that say they are benchmarks; the others here are parts of one. Read, not imported: some are slow to load. */
function benchNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) => /^export const name = /m.test(readFileSync(join(folder, file), "utf8")))
    .map((file) => basename(file, ".ts"))
    .sort();
}

function usage(): string {
  return `Usage: npm run bench -- NAME [options]\nBenchmarks: ${benchNames().join(", ") || "none"}`;
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === "--help" || name === "-h") {
    console.log(usage());
    return 0;
  }
  if (name === undefined || !benchNames().includes(name)) {
    console.error(
      name === undefined ? usage() : `There is no benchmark called ${JSON.stringify(name)}.\n${usage()}`,
    );
    return 2;
  }
  const file = join(folder, `${name}.ts`);
  const module: unknown = await import(file);
  if (!isBench(module)) {
    console.error(`${file} does not export name and run(args, print).`);
    return 1;
  }
  await module.run(args, (figure, value, unit) => console.log(figureLine(figure, value, unit)));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
