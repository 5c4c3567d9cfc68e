import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../src/platform/freePort.ts";
import { connectS3 } from "../../src/platform/objects/s3/s3Calls.ts";
import type { S3Settings } from "../../src/platform/objects/s3/s3Settings.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { untilListening } from "./untilListening.ts";

const binaries = ["ceph", "ceph-mon", "ceph-osd", "radosgw"];
const lacking = binaries.find((name) => !existsSync(`/usr/bin/${name}`));
/** Why the tests on S3 are left out, or false. In CI they never are. */
export const skipCeph =
  lacking !== undefined && process.env.CI !== "true"
    ? `${lacking} is not installed (apt install radosgw ceph-mon ceph-osd ceph-common)`
    : false;

export interface CephServer {
  readonly endpoint: string;
  readonly port: number;
  makeBucket(bucket: string): Promise<void>;
  settings(bucket: string): S3Settings;
  /** The same as an installation reads it from the environment. */
  environment(bucket: string): Record<string, string>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
/** A command of Ceph waits for its monitor for as long as it takes. */
const LIMIT_MS = 60_000;
const keys = { accessKeyId: "magtracetest", secretAccessKey: "only-for-tests-on-loopback" };

/** A real S3: one monitor, one store in memory, one gateway, on loopback and without a daemon manager. */
export async function startCephServer(): Promise<CephServer> {
  const [monitorPort, olderPort, port] = [await freePort(), await freePort(), await freePort()];
  const folder = temporaryFolder();
  const config = join(folder, "ceph.conf");
  const addresses = `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${olderPort}]`;
  const fsid = randomUUID();
  mkdirSync(join(folder, "osd"));
  writeFileSync(config, configuration({ folder, fsid, addresses, port }));
  const tool = (name: string, ...args: string[]) => run(name, ["-c", config, ...args], { timeout: LIMIT_MS });
  const children: ChildProcess[] = [];
  const serve = (name: string, ...args: string[]) => {
    const child = spawn(name, ["-c", config, "-f", ...args], { stdio: "ignore" });
    children.push(child);
    // A test that fails before its end must not leave it running.
    process.once("exit", () => child.kill("SIGKILL"));
  };
  const stop = async () => {
    await Promise.all(children.map(end));
  };
  try {
    const map = join(folder, "monmap");
    await run("monmaptool", ["--create", "--clobber", "--addv", "a", addresses, "--fsid", fsid, map]);
    const keyring = await makeKeyring(folder);
    await tool("ceph-mon", "--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring);
    serve("ceph-mon", "-i", "a");
    const osd = randomUUID();
    await tool("ceph", "auth", "import", "-i", keyring);
    await tool("ceph", "osd", "new", osd);
    await tool("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
    serve("ceph-osd", "-i", "0");
    serve("radosgw", "-n", "client.rgw");
    await untilListening(port);
    const { accessKeyId, secretAccessKey } = keys;
    const names = ["--uid=magtrace", "--display-name=MagTrace"];
    const secrets = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await tool("radosgw-admin", "-n", "client.rgw", "user", "create", ...names, ...secrets);
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = (bucket: string): S3Settings => {
    return { bucket, prefix: "", endpoint, region: "us-east-1", pathStyle: true, ...keys };
  };
  return {
    endpoint,
    port,
    stop,
    settings,
    async makeBucket(bucket) {
      const { sdk, client } = await connectS3(settings(bucket));
      await client.send(new sdk.CreateBucketCommand({ Bucket: bucket }));
    },
    environment: (bucket) => ({
      MAGTRACE_OBJECTS: `s3://${bucket}`,
      S3_ENDPOINT: endpoint,
      S3_PATH_STYLE: "true",
      S3_ACCESS_KEY_ID: keys.accessKeyId,
      S3_SECRET_ACCESS_KEY: keys.secretAccessKey,
    }),
  };
}

/** Its parts prove themselves to one another, and the gateway insists on it. */
async function makeKeyring(folder: string): Promise<string> {
  const path = join(folder, "keyring");
  const everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *"];
  for (const name of ["mon.", "client.admin", "client.rgw", "osd.0"]) {
    const create = name === "mon." ? ["--create-keyring"] : [];
    await run("ceph-authtool", [...create, "--gen-key", "-n", name, ...everything, path]);
  }
  return path;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Everything it would write elsewhere is in the folder; agreement among many is hurried, since there is one. */
function configuration(parts: { folder: string; fsid: string; addresses: string; port: number }): string {
  const { folder, fsid, addresses, port } = parts;
  return `[global]
fsid = ${fsid}
mon host = ${addresses}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${folder}/keyring
auth allow insecure global id reclaim = false
run dir = ${folder}
admin socket =
pid file =
log file = ${folder}/$name.log
crash dir = ${folder}
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 1
paxos propose interval = 0.05
paxos min wait = 0.02
[mon.a]
mon data = ${folder}/mon
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
[client]
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw thread pool size = 16
rgw rados pool pg num min = 1
rgw enable usage log = false
`;
}
