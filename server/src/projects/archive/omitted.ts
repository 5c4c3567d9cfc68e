import type { OmittedTable } from "../../platform/archive/declaration.ts";

export const omittedProjectTables: readonly OmittedTable[] = [
  {
    name: "projects",
    because: "its name, description and settings are in magtrace.json; the rest is the copy's own",
  },
  { name: "project_members", because: "who may see a project is decided where it is, never by a file" },
  { name: "uploads", because: "a file that has not arrived is none of the project's yet" },
  { name: "upload_parts", because: "they are what has arrived of such a file" },
  { name: "rereads", because: "how files were read before; a copy begins with how they are read now" },
  { name: "legacy_ids", because: "they say what rows of an old installation became here, not in a copy" },
  { name: "interval_counts", because: "it is counted when the intervals are written" },
];
