// npm run sbom [-- FILE]: what MagTrace is made of, as CycloneDX 1.5, from package-lock.json alone; standard output, or FILE.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, rootDir } from "./ensure.mjs";

const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
const { status, stdout, stderr } = spawnSync("npm", args, {
  cwd: rootDir,
  encoding: "utf8",
  maxBuffer: 256 * 1024 * 1024,
});
if (status !== 0) fail(`npm could not list the packages:\n${stderr}`);
const bom = JSON.parse(stdout);
// npm names it after the folder.
bom.metadata.component.name = "magtrace";

const { packages } = JSON.parse(readFileSync(join(rootDir, "package-lock.json"), "utf8"));
const locked = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
const listed = new Set(
  bom.components.map(({ group, name, version }) => `${group ? `${group}/` : ""}${name}@${version}`),
);
const missing = locked
  .map(([path, { version }]) => `${path.split("node_modules/").at(-1)}@${version}`)
  .filter((id) => !listed.has(id));
if (missing.length > 0) fail(`The list lacks ${missing.join(", ")}.`);

const text = `${JSON.stringify(bom, null, 2)}\n`;
const [file] = process.argv.slice(2);
if (file === undefined) process.stdout.write(text);
else {
  writeFileSync(file, text);
  process.stdout.write(`${bom.components.length} packages in ${file}\n`);
}
