import type { Deps } from "../platform/deps.ts";
import type { Route } from "../platform/http/route.ts";
import { annotationRoutes } from "./annotationRoutes.ts";
import { categoryRoutes } from "./categoryRoutes.ts";
import { oldLabelRoutes } from "./oldLabelRoutes.ts";

export function labelRoutes(deps: Deps): Route[] {
  return [...categoryRoutes(deps), ...annotationRoutes(deps), ...oldLabelRoutes(deps)];
}
