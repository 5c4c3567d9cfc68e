import { readFileSync } from "node:fs";

const router = new URL("../../../web/src/app/router.tsx", import.meta.url);
const ROUTE =
  /const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*(?:path: "([^"]*)"|id: "[^"]*")/g;

/** The address of every page, with its parameters as `$name`, as the router itself has them. */
export function pagesOfWebApp(): string[] {
  const source = readFileSync(router, "utf8");
  const declared = new Map(
    [...source.matchAll(ROUTE)].map(([, name = "", parent = "", path = ""]) => [name, { parent, path }]),
  );
  if (declared.size !== source.split("createRoute({").length - 1) {
    throw new Error("router.tsx declares a route in a form that is not understood here");
  }
  const addressOf = (name: string): string => {
    const route = declared.get(name);
    return route ? `${addressOf(route.parent)}/${route.path}`.replaceAll(/\/{2,}/g, "/") : "";
  };
  return [...new Set([...declared.keys()].map((name) => addressOf(name).replace(/(?<=.)\/$/, "")))].sort();
}
