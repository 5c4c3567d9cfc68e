import type { OmittedTable } from "../../platform/archive/declaration.ts";

export const omittedProjectTables: readonly OmittedTable[] = [
  {
    name: "projects",
    because: "its name, description and settings are in magtrace.json; the rest is the copy's own",
  },
  { name: "project_members", because: "who may see a project is decided where it is, never by a file" },
  { name: "rereads", because: "how files were read before; a copy begins with how they are read now" },
  { name: "interval_counts", because: "it is counted when the intervals are written" },
];
