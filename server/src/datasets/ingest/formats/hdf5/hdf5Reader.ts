import type { FormatReader } from "../formatReader.ts";

const MAGIC = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Where the superblock may stand: MATLAB writes 512 bytes of text before it. */
const PLACES = [0, 512, 1024, 2048];

/** HDF5, of which netCDF 4 and MATLAB 7.3 are kinds. Source: The HDF Group, HDF5 File Format Specification 3.0. */
export const hdf5: FormatReader = {
  format: "hdf5",
  claims: (head) => PLACES.some((place) => MAGIC.every((byte, i) => head[place + i] === byte)),
  // Its library is loaded, in a thread of its own, when a file of this kind comes.
  open: async (input) => (await import("./openHdf5.ts")).openHdf5(input),
};
