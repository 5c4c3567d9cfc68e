/**
 * How fast 100 MB arrive, sealed, in one form and resumably, beside a copy of the same bytes and its hash. Option:
 * --scanned, with a clamd of its own that scans all of it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { skipClamd, startClamdServer } from "../server/test/support/clamdServer.ts";
import type { Print } from "./bench.ts";
import { type BenchInstallation, withInstallation } from "./installation.ts";
import { median } from "./measure.ts";

export const name = "upload";

const BYTES = 100_000_000;
const ROUNDS = 3;
/** What clamd takes in one stream, MiB: the whole file. */
const STREAM_MIB = 128;

export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { scanned: { type: "boolean", default: false } } });
  if (values.scanned && skipClamd) throw new Error(`Nothing can be scanned here: ${skipClamd}.`);
  const bytes = unreadableBytes();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const folder = mkdtempSync(join(tmpdir(), "magtrace-bench-"));
  const file = join(folder, "file");
  const clamd = values.scanned
    ? await startClamdServer(folder, "a text that is in no file", STREAM_MIB)
    : null;
  const settings: Record<string, string> = clamd
    ? { CLAMD_ADDRESS: clamd.socketPath, CLAMD_STREAM_MAX_MIB: String(STREAM_MIB) }
    : {};
  writeFileSync(file, bytes);
  const times = {
    copy: [] as number[],
    plain: [] as number[],
    sent: [] as number[],
    resumable: [] as number[],
  };
  try {
    await withInstallation(async (installation) => {
      // Side by side in each round, so that whatever else the machine does is in all of them.
      for (let round = 0; round < ROUNDS; round++) {
        times.copy.push(await timed(() => copyAndHash(file, sha256)));
        times.plain.push(await timed(() => sendForm(installation, bytes)));
        const resumable = await sendResumably(installation, { bytes, sha256 });
        times.sent.push(resumable.sentMs);
        times.resumable.push(resumable.allMs);
      }
    }, settings);
  } finally {
    await clamd?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const copyMs = median(times.copy);
  for (const [what, each] of Object.entries(times)) {
    const ms = median(each);
    print(`upload_${what}`, BYTES / 1000 / ms, "MB/s");
    if (what !== "copy") print(`upload_${what}_to_copy_and_sha256sum`, ms / copyMs, "times");
  }
}

/** What is measured is how they arrive: begins with zeros, so that nobody takes it for a recording and reads it. */
function unreadableBytes(): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(BYTES);
  for (let at = 4096, state = 1; at + 4 <= BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function copyAndHash(file: string, sha256: string): void {
  execFileSync("cp", [file, `${file}.copy`]);
  execFileSync("sync", ["-d", `${file}.copy`]);
  const said = execFileSync("sha256sum", [`${file}.copy`]).toString();
  assert.ok(said.startsWith(sha256));
}

interface Sent {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

function send(
  { url, token }: BenchInstallation,
  {
    method,
    path,
    headers,
    pieces,
  }: { method: string; path: string; headers: object; pieces: readonly Uint8Array[] },
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    const sending = request(new URL(path, url), {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Length": length, ...headers },
    });
    sending.on("error", reject);
    sending.on("response", async (response) => {
      const parts = await Array.fromAsync(response as AsyncIterable<Buffer>);
      const text = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    for (const piece of pieces) sending.write(piece);
    sending.end();
  });
}

async function sendForm(installation: BenchInstallation, bytes: Uint8Array): Promise<void> {
  const part = (fields: string) => Buffer.from(`--b\r\nContent-Disposition: form-data; ${fields}\r\n\r\n`);
  const { status, text } = await send(installation, {
    method: "POST",
    path: "/api/datasets/upload/",
    headers: { "Content-Type": "multipart/form-data; boundary=b" },
    pieces: [
      part('name="project"'),
      Buffer.from(`${installation.projectId}\r\n`),
      part('name="file"; filename="a.bin"'),
      bytes,
      Buffer.from("\r\n--b--\r\n"),
    ],
  });
  assert.equal(status, 422, text);
}

/** Until its last byte is stored, and until it is one file, whose hash was found right. */
async function sendResumably(
  installation: BenchInstallation,
  { bytes, sha256 }: { bytes: Uint8Array; sha256: string },
): Promise<{ sentMs: number; allMs: number }> {
  const metadata = { project: installation.projectId, filename: "a.bin", sha256 };
  const tus = { "Tus-Resumable": "1.0.0" };
  const begun = performance.now();
  const { headers } = await send(installation, {
    method: "POST",
    path: "/api/datasets/uploads/",
    headers: {
      ...tus,
      "Upload-Length": bytes.byteLength,
      "Upload-Metadata": Object.entries(metadata)
        .map(([key, value]) => `${key} ${Buffer.from(String(value)).toString("base64")}`)
        .join(","),
    },
    pieces: [],
  });
  const path = String(headers.location);
  const patch = (from: number, to: number) =>
    send(installation, {
      method: "PATCH",
      path,
      headers: { ...tus, "Upload-Offset": from, "Content-Type": "application/offset+octet-stream" },
      pieces: [bytes.subarray(from, to)],
    });
  // The last byte by itself: what comes before it is answered when it is stored.
  assert.equal((await patch(0, bytes.byteLength - 1)).status, 204);
  const sentMs = performance.now() - begun;
  const last = await patch(bytes.byteLength - 1, bytes.byteLength);
  const allMs = performance.now() - begun;
  assert.equal(last.status, 204, last.text);
  await end(installation, String(last.headers["dataset-location"]));
  return { sentMs, allMs };
}

/** Deleted once it was refused, so that each round begins with nothing to read. */
async function end({ url, token }: BenchInstallation, path: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(new URL(path, url), { headers });
    if (((await answer.json()) as { status: string }).status === "failed") break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await fetch(new URL(path, url), { method: "DELETE", headers });
}
