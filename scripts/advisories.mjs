// npm run advisories: known vulnerabilities of the packages in package-lock.json, as the registry tells them. Those that
// do not concern MagTrace are listed below with the reason; anything else is a fault.
import { spawnSync } from "node:child_process";
import { rootDir } from "./ensure.mjs";

/** GHSA id → why it does no harm here. */
const explained = {};

const { stdout } = spawnSync("npm", ["audit", "--json"], {
  cwd: rootDir,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = { error: { summary: "npm said nothing" } };
}
if (report.vulnerabilities === undefined) {
  const why = report.error?.summary || report.message || "no answer";
  process.stdout.write(`The registry could not be asked for advisories: ${why}\n`);
  // Not known is not the same as none: whoever releases must ask where it can be answered.
  process.exit(process.argv.includes("--must-answer") ? 1 : 0);
}
const found = Object.values(report.vulnerabilities).flatMap(({ via }) =>
  via.filter((one) => typeof one === "object"),
);
const open = found.filter(({ url }) => !(url.split("/").at(-1) in explained));
for (const { url, name, title, severity } of open)
  process.stdout.write(`${severity}  ${name}: ${title}  ${url}\n`);
process.stdout.write(`${found.length} advisories, ${open.length} not explained\n`);
process.exit(open.length === 0 ? 0 : 1);
