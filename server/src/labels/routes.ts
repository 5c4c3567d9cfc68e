import type { Route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";
import { annotationRoutes } from "./annotations/annotationRoutes.ts";
import { oldLabelRoutes } from "./annotations/oldLabelRoutes.ts";
import { categoryRoutes } from "./categories/categoryRoutes.ts";

export function labelRoutes(deps: Deps): Route[] {
  return [...categoryRoutes(deps), ...annotationRoutes(deps), ...oldLabelRoutes(deps)];
}
