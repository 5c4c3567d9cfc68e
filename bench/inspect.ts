import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Inspection } from "@magtrace/contracts";
import type { Print } from "./bench.ts";
import { type BenchInstallation, withInstallation } from "./installation.ts";
import { median, percentile, timeEach } from "./measure.ts";
import { partsOf } from "./processes.ts";
import { restartApi } from "./restartApi.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { seenBy, watchLoop } from "./watchLoop.ts";

export const name = "inspect";

const FILE_BYTES = 1e9;
/** What the pages send of a file. */
const FIRST_BYTES = 1024 * 1024;
const PEOPLE = 50;

/**
 * From the first byte of a request to the last of its answer, where a file of 1 GB is sent whole and where its first part
 * is: the first after the start, and then the median and 99th percentile. The whole file comes as from curl, which stops
 * sending when it is answered. Then 50 people send a first part at once, and at last the api is started anew several times
 * and sent a first part as soon as it says that it is well. Options: --runs N (20), --starts N (5).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: "string" }, starts: { type: "string" } } });
  const [runs, starts] = [Number(values.runs ?? 20), Number(values.starts ?? 5)];
  const survey = [...syntheticCsv({ rows: 40_000, columns: "full" })].slice(0, 3);
  const text: Sent = { name: "survey.csv", pieces: survey, bytes: FILE_BYTES };
  const packed: Sent = { ...text, name: "survey.csv.gz", pieces: survey.map((one) => gzipSync(one)) };
  const watch = watchLoop();
  await withInstallation(async (installation) => {
    print("inspect_1gb_cold", (await timeEach(1, () => inspect(installation, text)))[0]!, "ms");
    const measured: [string, Sent][] = [
      ["inspect_1gb", text],
      ["inspect_1gb_gz", packed],
      ["inspect_first_part", firstPart(text)],
      ["inspect_first_part_gz", firstPart(packed)],
    ];
    for (const [figure, sent] of measured) {
      await inspect(installation, sent);
      const times = await timeEach(runs, () => inspect(installation, sent));
      print(figure, median(times), "ms");
      print(`${figure}_p99`, percentile(times, 0.99), "ms");
    }
    await inspectTogether(installation, firstPart(text), { folder: watch.folder, print });
    const cold: number[] = [];
    for (let start = 0; start < starts; start++) {
      await restartApi(installation);
      cold.push(...(await timeEach(1, () => inspect(installation, firstPart(text)))));
    }
    print("inspect_after_start", median(cold), "ms");
    print("inspect_after_start_longest", Math.max(...cold), "ms");
  }).finally(watch.end);
}

async function inspectTogether(
  installation: BenchInstallation,
  sent: Sent,
  { folder, print }: { folder: string; print: Print },
): Promise<void> {
  const api = [...partsOf(installation.pid)].find(([, part]) => part === "api")?.[0];
  assert.ok(api !== undefined, "the installation has no api");
  await seenBy(api, folder);
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: PEOPLE }, async () => {
      times.push((await timeEach(1, () => inspect(installation, sent)))[0]!);
    }),
  );
  const { busyMs, delayMs } = await seenBy(api, folder);
  print(`inspect_${PEOPLE}_at_once`, median(times), "ms");
  print(`inspect_${PEOPLE}_at_once_longest`, Math.max(...times), "ms");
  print(`inspect_${PEOPLE}_api_loop_busy_max`, busyMs, "ms");
  print(`inspect_${PEOPLE}_api_loop_delay_max`, delayMs, "ms");
}

interface Sent {
  readonly name: string;
  /** Sent again and again, from the second on, until there are enough. */
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Of the whole file, where this is a part of it. */
  readonly totalBytes?: number;
}

function firstPart({ name: file, pieces, bytes }: Sent): Sent {
  const head = Buffer.concat(pieces).subarray(0, FIRST_BYTES);
  return { name: file, pieces: [head], bytes: head.length, totalBytes: bytes };
}

function* contents({ pieces, bytes }: Sent): Generator<Uint8Array> {
  let left = bytes;
  for (let at = 0; left > 0; at++) {
    const piece = pieces[at < pieces.length ? at : 1 + (at % (pieces.length - 1))]!;
    yield piece.subarray(0, left);
    left -= Math.min(left, piece.length);
  }
}

/** Sends a form, looks at the answer while it does, and stops where the answer says that the connection ends. */
async function inspect(installation: BenchInstallation, sent: Sent): Promise<void> {
  const { url, token, projectId } = installation;
  const { hostname, port } = new URL(url);
  const boundary = "a-boundary-as-long-as-curl-makes-them";
  const field = (key: string, value: number): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
  const fields = field("project", projectId) + (sent.totalBytes ? field("total_bytes", sent.totalBytes) : "");
  const start = `${fields}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${sent.name}"\r\n\r\n`;
  const end = `\r\n--${boundary}--\r\n`;
  const socket = connect({ host: hostname, port: Number(port) });
  const answered = answerOf(socket);
  socket.write(
    `POST /api/datasets/inspect/ HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${start.length + sent.bytes + end.length}\r\n\r\n${start}`,
  );
  let isAnswered = false;
  void answered.finally(() => {
    isAnswered = true;
  });
  for (const piece of contents(sent)) {
    if (isAnswered) break;
    if (!socket.write(piece)) {
      await Promise.race([answered, new Promise((resolve) => socket.once("drain", resolve))]);
    }
  }
  if (!isAnswered) socket.write(end);
  const seen = await answered;
  socket.destroy();
  assert.equal(seen.readable, true, JSON.stringify(seen));
  assert.equal(seen.complete, false);
  assert.ok(seen.readings!.rows > 5_000, `${seen.readings!.rows} rows were read`);
}

/** The answer, once all of it has come. */
function answerOf(socket: Socket): Promise<Inspection> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`the connection ended: ${received.toString().slice(0, 500)}`)));
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, typeof bytes === "string" ? Buffer.from(bytes) : bytes]);
      const header = received.indexOf("\r\n\r\n");
      if (header < 0) return;
      const length = Number(/^content-length: (\d+)/im.exec(received.toString("latin1", 0, header))?.[1]);
      const body = received.subarray(header + 4);
      if (body.length >= length) resolve(JSON.parse(body.toString()) as Inspection);
    });
  });
}
