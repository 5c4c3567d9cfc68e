import { readdirSync, readFileSync } from "node:fs";

const routes = new URL("../../../web/src/app/routes/", import.meta.url);
const ROUTE =
  /const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*(?:path: "([^"]*)"|id: "[^"]*")/g;

/** The address of every page, with its parameters as `$name`, as the routes themselves have them. */
export function pagesOfWebApp(): string[] {
  const files = readdirSync(routes).filter((name) => name.endsWith("Routes.ts") || name.endsWith("Route.ts"));
  const source = files.map((name) => readFileSync(new URL(name, routes), "utf8")).join("\n");
  const declared = new Map(
    [...source.matchAll(ROUTE)].map(([, name = "", parent = "", path = ""]) => [name, { parent, path }]),
  );
  if (declared.size === 0 || declared.size !== source.split("createRoute({").length - 1) {
    throw new Error("web/src/app/routes declares a route in a form that is not understood here");
  }
  const addressOf = (name: string): string => {
    const route = declared.get(name);
    return route ? `${addressOf(route.parent)}/${route.path}`.replaceAll(/\/{2,}/g, "/") : "";
  };
  return [...new Set([...declared.keys()].map((name) => addressOf(name).replace(/(?<=.)\/$/, "")))].sort();
}
