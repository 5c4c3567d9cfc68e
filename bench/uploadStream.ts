import { randomUUID } from "node:crypto";
import { request } from "node:http";

export interface StreamedUpload {
  readonly url: string;
  readonly token: string;
  readonly projectId: number;
  readonly name: string;
  readonly chunks: Iterable<Uint8Array>;
}

export interface UploadedDataset {
  readonly id: number;
  readonly processed: boolean;
  readonly total_records: number;
}

/** Sends a multipart upload from memory or a generator, as fast as the server takes it. */
export async function uploadStream({
  url,
  token,
  projectId,
  name,
  chunks,
}: StreamedUpload): Promise<UploadedDataset> {
  const boundary = randomUUID();
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="project"\r\n\r\n${projectId}\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n`;
  const upload = request(new URL("/api/datasets/upload/", url), {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": `multipart/form-data; boundary=${boundary}`,
    },
  });
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    upload.on("error", reject);
    upload.on("response", async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") });
    });
  });
  upload.write(head);
  for (const chunk of chunks) {
    if (!upload.write(chunk))
      await Promise.race([new Promise((resolve) => upload.once("drain", resolve)), answered]);
  }
  upload.end(`\r\n--${boundary}--\r\n`);
  const { status, text } = await answered;
  if (status !== 201 && status !== 202) throw new Error(`upload answered ${status}: ${text.slice(0, 500)}`);
  return waitUntilProcessed(url, token, JSON.parse(text) as UploadedDataset);
}

const POLL_MS = 50;

async function waitUntilProcessed(
  url: string,
  token: string,
  dataset: UploadedDataset,
): Promise<UploadedDataset> {
  let current = dataset;
  while (!current.processed) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const response = await fetch(new URL(`/api/datasets/${dataset.id}/`, url), {
      headers: { Authorization: `Bearer ${token}` },
    });
    const state = (await response.json()) as UploadedDataset & { status: string };
    if (state.status === "failed") throw new Error(`ingest failed: ${JSON.stringify(state)}`);
    current = state;
  }
  return current;
}
