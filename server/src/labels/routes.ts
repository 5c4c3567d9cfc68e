import type { Route } from "../http/route.ts";
import { annotationRoutes } from "./annotations/annotationRoutes.ts";
import type { LabelDeps } from "./annotations/annotations.ts";
import { oldLabelRoutes } from "./annotations/oldLabelRoutes.ts";
import { categoryRoutes } from "./categories/categoryRoutes.ts";

export function labelRoutes(deps: LabelDeps): Route[] {
  return [...categoryRoutes(deps), ...annotationRoutes(deps), ...oldLabelRoutes(deps)];
}
