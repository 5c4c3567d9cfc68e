import type { FormatReader } from "../formatReader.ts";

const MAGIC = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a];

/** Recordings of ROS and Foxglove. Source: https://mcap.dev/spec */
export const mcap: FormatReader = {
  format: "mcap",
  claims: (head) => MAGIC.every((byte, i) => head[i] === byte),
  // Its library is loaded when a file of this kind comes.
  open: async (input) => (await import("./openMcap.ts")).openMcap(input),
};
