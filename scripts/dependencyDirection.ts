// Part of npm run check: arrows point one way, and never in a circle. dependency-cruiser reads
// TypeScript through an interface that TypeScript 7 does not have, and these rules need only the import lines.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { importCircles } from "./importCircles.ts";

/** Which of our packages a package or application may use. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  "packages/signal": [],
  "packages/learn": ["signal"],
  "packages/series": [],
  "packages/geomag": [],
  "packages/contracts": [],
  server: ["signal", "learn", "series", "geomag", "contracts"],
  web: ["contracts", "signal"],
};

const domains = [
  "accounts",
  "organizations",
  "projects",
  "datasets",
  "labels",
  "models",
  "training",
  "predictions",
  "audit",
  "backup",
];
/** What the rest of the server may see of a domain. */
const doors = ["service.ts", "types.ts"];
/** From below: each floor stands on those before it, and all domains on all of them. */
const floors = ["platform", "access", "http"];

const importLine =
  /(?:^|\n)\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

/** The modules a source file names, in order. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(importLine)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

/**
 * @param file Path from the repository's root, with slashes.
 * @returns One sentence for each import that points the wrong way.
 */
export function violations(file: string, source: string): string[] {
  const owner = ownerOf(file);
  if (owner === undefined) return [];
  const isTest = /\.test\.tsx?$|\/test(ing)?\//.test(file);
  return importsOf(source).flatMap((name) => {
    const problem = problemWith(file, owner, name, isTest);
    return problem === undefined ? [] : [`${file} imports ${name}: ${problem}`];
  });
}

/** The files of `sources` that each of them imports by its path. Imports of our packages by name have a direction already. */
export function importGraph(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = [...sources].map(([file, source]): [string, string[]] => {
    const names = importsOf(source).filter((name) => name.startsWith("."));
    return [file, names.map((name) => targetOf(file, name)).filter((target) => sources.has(target))];
  });
  return new Map(found);
}

function targetOf(file: string, name: string): string {
  return normalize(join(dirname(file), name))
    .split(sep)
    .join("/");
}

function ownerOf(file: string): string | undefined {
  return Object.keys(mayUse).find((folder) => file.startsWith(`${folder}/`));
}

function problemWith(file: string, owner: string, name: string, isTest: boolean): string | undefined {
  if (name.startsWith(".")) {
    if (isTest) return undefined;
    const target = targetOf(file, name);
    if (!target.startsWith(`${owner}/`)) return `it leaves ${owner}; import the package by its name.`;
    return domainProblem(file, target);
  }
  const ours = /^@magtrace\/([\w-]+)/.exec(name)?.[1];
  if (ours !== undefined && !mayUse[owner]?.includes(ours)) return `${owner} may not use ${ours}.`;
  if (owner.startsWith("packages/") && !isTest && name.startsWith("node:")) {
    return "a pure package uses nothing of Node's.";
  }
  return undefined;
}

function domainProblem(file: string, target: string): string | undefined {
  const from = /^server\/src\/([^/]+)\//.exec(file)?.[1] ?? "";
  const [, to = "", inside = ""] = /^server\/src\/([^/]+)\/(.+)$/.exec(target) ?? [];
  if (from === to) return undefined;
  const floor = floors.indexOf(from);
  if (floor >= 0) {
    const isAbove = domains.includes(to) || floors.indexOf(to) > floor;
    return isAbove ? `${from}/ stands on ${floors.slice(0, floor).join(" and ") || "nothing"}.` : undefined;
  }
  if (!domains.includes(to)) return undefined;
  if (domains.includes(from) && !doors.includes(inside)) {
    return `another domain is entered through its ${doors.join(" or ")}.`;
  }
  return undefined;
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist.*)$/.test(entry.name) ? [] : sourcesUnder(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  const sources = new Map(
    [...Object.keys(mayUse), "bench", "scripts"]
      .flatMap((folder) => sourcesUnder(join(root, folder)))
      .map((path) => [relative(root, path).split(sep).join("/"), readFileSync(path, "utf8")]),
  );
  const found = [
    ...[...sources].flatMap(([file, source]) => violations(file, source)),
    ...importCircles(importGraph(sources)).map(
      (circle) => `These import one another: ${[...circle, circle[0]].join(" -> ")}.`,
    ),
  ];
  for (const sentence of found) process.stdout.write(`${sentence}\n`);
  process.exit(found.length === 0 ? 0 : 1);
}
