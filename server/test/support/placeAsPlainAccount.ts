// placeAsPlainAccount.ts DATA_DIR UID: tells where placeCluster puts the cluster of somebody who is not root. Rights are
// given up only here, after everything has been read: the account need not be able to reach the program.
import { findBinaries } from "../../src/platform/embeddedPostgres/findBinaries.ts";
import { placeCluster } from "../../src/platform/embeddedPostgres/placeCluster.ts";

const [dataDir = "", account = ""] = process.argv.slice(2);
const binaries = findBinaries();
if (process.getuid!() === 0) {
  process.setgroups!([]);
  process.setgid!(Number(account));
  process.setuid!(Number(account));
}
const placement = placeCluster(dataDir, binaries, "/nonexistent");
process.stdout.write(JSON.stringify({ uid: process.getuid!(), ...placement }));
