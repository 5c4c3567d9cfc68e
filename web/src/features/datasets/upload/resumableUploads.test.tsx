/// <reference types="node" />
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import type { Upload } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { openApp } from "../../../../test/app.tsx";
import { dataset, inspection, me, project, upload } from "../../../../test/samples.ts";
import { type Answer, askedFor, refusal, serverAnswers } from "../../../../test/stubApi.ts";
import { StubUpload } from "../../../../test/stubUpload.ts";
import { fingerprintOf } from "./fingerprintOf.ts";

const MIB = 1024 * 1024;
/** Two parts, of which the second is short. */
const LENGTH = 9 * MIB;

beforeEach(() => {
  StubUpload.sent = [];
});

async function openZone(uploads: Answer = []) {
  serverAnswers({ "GET me/": me(), "GET projects/1/": project(), "GET datasets/": [] });
  serverAnswers({ "POST datasets/inspect/": inspection(), "GET datasets/uploads/": uploads });
  openApp("/projects/1");
  return screen.findByRole("region", { name: "Upload recordings" });
}

function longFile(name = "long.csv"): File {
  const bytes = new Uint8Array(LENGTH).fill(48);
  bytes[LENGTH - 1] = 49;
  return new File([bytes], name, { lastModified: 1_700_000_000_000 });
}

const rowOf = (name: string) => within(screen.getByRole("article", { name: `Upload of ${name}` }));

function drop(zone: HTMLElement, ...files: File[]): void {
  fireEvent.drop(zone, { dataTransfer: { files } });
}

/** The request that is the `count`th to be sent. */
async function sent(count: number): Promise<StubUpload> {
  await waitFor(() => assert.equal(StubUpload.sent.length, count));
  return StubUpload.sent[count - 1] as StubUpload;
}

const path = ({ address }: StubUpload) => new URL(address, "http://127.0.0.1:8000").pathname;
const OFFSET = (bytes: number) => ({ "upload-offset": String(bytes), "upload-length": String(LENGTH) });

/** Begins the upload of a long file; the next request is the third. */
async function begin(zone: HTMLElement, file = longFile()): Promise<StubUpload> {
  drop(zone, file);
  (await sent(1)).answer(201, undefined, { location: "/api/datasets/uploads/7/" });
  return sent(2);
}

test("a long file goes in parts, each with its checksum, and is a dataset at the end", async () => {
  const zone = await openZone();
  drop(zone, longFile());
  const creation = await sent(1);
  assert.equal(`${creation.method} ${path(creation)}`, "POST /api/datasets/uploads/");
  assert.equal(creation.headers["x-csrf-token"], "token");
  assert.equal(creation.headers["Upload-Length"], String(LENGTH));
  const metadata = Object.fromEntries(
    (creation.headers["Upload-Metadata"] ?? "").split(",").map((pair) => {
      const [name = "", value = ""] = pair.split(" ");
      return [name, Buffer.from(value, "base64").toString()];
    }),
  );
  assert.deepEqual(metadata, {
    project: "1",
    filename: "long.csv",
    fingerprint: await fingerprintOf(longFile()),
  });
  creation.answer(201, undefined, { location: "/api/datasets/uploads/7/" });

  const first = await sent(2);
  assert.equal(`${first.method} ${path(first)}`, "PATCH /api/datasets/uploads/7/");
  assert.equal(first.headers["Upload-Offset"], "0");
  const firstBytes = new Uint8Array(8 * MIB).fill(48);
  assert.ok(first.bytes && Buffer.from(first.bytes).equals(firstBytes));
  const digest = createHash("sha256").update(firstBytes).digest("base64");
  assert.equal(first.headers["Upload-Checksum"], `sha256 ${digest}`);
  first.answer(204, undefined, OFFSET(8 * MIB));

  const second = await sent(3);
  assert.equal(second.headers["Upload-Offset"], String(8 * MIB));
  assert.equal(second.bytes?.byteLength, MIB);
  await waitFor(() => rowOf("long.csv").getByText(/sending, 88 %/));
  const done = { status: "completed", offset: LENGTH, dataset: 9 } as const;
  serverAnswers({
    "GET datasets/uploads/7/": upload(done),
    "GET datasets/9/": dataset({ id: 9, total_records: 50 }),
  });
  second.answer(204, undefined, OFFSET(LENGTH));
  await waitFor(() => rowOf("long.csv").getByText(/50 readings taken in/));
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Dismiss" }));
  assert.equal(askedFor("DELETE datasets/uploads/7/").length, 0);
});

test("what there is no room for is refused before a byte is sent, in the server's words", async () => {
  drop(await openZone(), longFile());
  const error = "This organisation stores 9.0 GiB of the 9.0 GiB it may: there is no room for 9.0 MiB.";
  (await sent(1)).answer(413, { error, code: "over_quota", request_id: "r" });
  await waitFor(() => rowOf("long.csv").getByText(error));
  assert.equal(StubUpload.sent.length, 1);
});

test("a broken line is said, and where to go on is asked for by itself", async () => {
  const first = await begin(await openZone());
  first.breakConnection();
  await waitFor(() => rowOf("long.csv").getByText(/connection lost, trying again/));
  const head = await sent(3);
  assert.equal(head.method, "HEAD");
  head.answer(503, undefined);
  await waitFor(() => rowOf("long.csv").getByText(/the server is away, trying again/));
  const again = await sent(4);
  assert.equal(again.method, "HEAD", "a server that is away is not begun anew with");
  again.answer(200, undefined, OFFSET(8 * MIB));
  const rest = await sent(5);
  assert.equal(rest.headers["Upload-Offset"], String(8 * MIB));
  await waitFor(() => rowOf("long.csv").getByText(/sending, 88 %/));
});

test("a line that is back is used at once", async () => {
  const first = await begin(await openZone());
  first.breakConnection();
  await waitFor(() => rowOf("long.csv").getByText(/connection lost, trying again/));
  window.dispatchEvent(new Event("online"));
  assert.equal((await sent(3)).method, "HEAD");
});

test("an upload is paused and goes on from where it was, and cancelling deletes it", async () => {
  const first = await begin(await openZone());
  first.answer(204, undefined, OFFSET(8 * MIB));
  await sent(3);
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Pause long.csv" }));
  await waitFor(() => rowOf("long.csv").getByText(/paused at 88 %/));
  serverAnswers({ "GET datasets/uploads/7/": upload({ offset: 8 * MIB }) });
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Resume long.csv" }));
  const head = await sent(4);
  assert.equal(`${head.method} ${path(head)}`, "HEAD /api/datasets/uploads/7/");
  head.answer(200, undefined, OFFSET(8 * MIB));
  assert.equal((await sent(5)).headers["Upload-Offset"], String(8 * MIB));
  serverAnswers({ "DELETE datasets/uploads/7/": undefined });
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Cancel" }));
  await waitFor(() => assert.equal(askedFor("DELETE datasets/uploads/7/").length, 1));
  assert.ok(screen.queryByRole("article") === null);
});

test("one that expired while it was paused is said to be gone, and begins anew", async () => {
  await begin(await openZone());
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Pause long.csv" }));
  const gone = () => Response.json({ error: "It has expired.", code: "gone" }, { status: 410 });
  serverAnswers({ "GET datasets/uploads/7/": gone });
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Resume long.csv" }));
  assert.equal((await sent(3)).method, "POST");
  await waitFor(() => rowOf("long.csv").getByText(/what had arrived has expired; sending anew/));
});

test("one that failed for a cause of the server's is tried again without sending it again", async () => {
  const first = await begin(await openZone());
  first.answer(204, undefined, OFFSET(8 * MIB));
  const error = "The virus scanner did not answer. It is kept.";
  const failed = upload({
    length: LENGTH,
    offset: LENGTH,
    status: "failed",
    code: "dependency_unavailable",
    error,
  });
  (await sent(3)).answer(503, { error, code: "dependency_unavailable", request_id: "r" });
  await waitFor(() => rowOf("long.csv").getByText(error));
  serverAnswers({ "GET datasets/uploads/7/": failed });
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Try again" }));
  const again = await sent(4);
  assert.equal(again.method, "PATCH");
  assert.equal(again.headers["Upload-Offset"], String(LENGTH));
  assert.equal(again.bytes, null);
  const done = { status: "completed", offset: LENGTH, dataset: 9 } as const;
  serverAnswers({ "GET datasets/uploads/7/": upload(done), "GET datasets/9/": dataset({ id: 9 }) });
  again.answer(204, undefined, OFFSET(LENGTH));
  await waitFor(() => rowOf("long.csv").getByText(/taken in/));
});

test("one whose file could not be read is there to be read otherwise", async () => {
  const first = await begin(await openZone());
  first.answer(204, undefined, OFFSET(8 * MIB));
  serverAnswers({
    "GET datasets/uploads/7/": upload({ status: "completed", dataset: 9 }),
    "GET datasets/9/": dataset({ id: 9, processed: false, status: "failed", error: "Day or month?" }),
  });
  (await sent(3)).answer(204, undefined, OFFSET(LENGTH));
  await waitFor(() => rowOf("long.csv").getByText(/taken, but it could not be read yet/));
  assert.equal(
    rowOf("long.csv").getByRole("link", { name: "See why" }).getAttribute("href"),
    "/app/projects/1/datasets/9",
  );
});

const begun = async (fields: Partial<Upload> = {}): Promise<Upload> =>
  upload({
    file_name: "long.csv",
    length: LENGTH,
    offset: 8 * MIB,
    fingerprint: await fingerprintOf(longFile()),
    ...fields,
  });
const unfinished = () => within(screen.getByRole("article", { name: "Unfinished upload of long.csv" }));

test("after a reload an unfinished upload is listed, and goes on when its file is chosen again", async () => {
  const other = { id: 8, project: 2, file_name: "elsewhere.csv" };
  const foreign = { id: 9, fingerprint: null, file_name: "of-a-program.csv" };
  const empty = { id: 10, offset: 0, file_name: "nothing-of-it.csv" };
  const rows = await Promise.all([{}, other, foreign, empty].map(begun));
  await openZone(rows);
  await screen.findByText(/8\.4 MB of 9\.4 MB are there: choose the file again to go on/);
  assert.equal(screen.getAllByRole("article").length, 1);

  const user = userEvent.setup();
  const wrong = new File(["time,x\n"], "long.csv");
  await user.upload(screen.getByLabelText("long.csv, to go on with"), wrong);
  await waitFor(() => unfinished().getByText(/That is another file/));

  serverAnswers({ "GET datasets/uploads/7/": await begun() });
  await user.upload(screen.getByLabelText("long.csv, to go on with"), longFile());
  const head = await sent(1);
  assert.equal(`${head.method} ${path(head)}`, "HEAD /api/datasets/uploads/7/");
  head.answer(200, undefined, OFFSET(8 * MIB));
  const rest = await sent(2);
  assert.equal(rest.bytes?.byteLength, MIB, "only the rest is sent");
  await waitFor(() => rowOf("long.csv").getByText(/sending, 88 %/));
  assert.ok(screen.queryByRole("article", { name: "Unfinished upload of long.csv" }) === null);
  assert.equal(askedFor("POST datasets/inspect/").length, 0, "how it is read was said before");
});

test("a file with the name and length of an unfinished one, but other bytes, is sent from its beginning", async () => {
  const zone = await openZone([await begun()]);
  await screen.findByText(/choose the file again/);
  const other = new File([new Uint8Array(LENGTH).fill(48)], "long.csv", { lastModified: 1_700_000_000_000 });
  drop(zone, other);
  assert.equal((await sent(1)).method, "POST");
  unfinished().getByText(/choose the file again/);
});

test("an unfinished upload is discarded on the server, once that was asked", async () => {
  let rows = [await begun()];
  await openZone(() => Response.json(rows, { headers: { "x-total-count": String(rows.length) } }));
  await screen.findByText(/choose the file again/);
  fireEvent.click(unfinished().getByRole("button", { name: "Discard long.csv" }));
  serverAnswers({
    "DELETE datasets/uploads/7/": () => {
      rows = [];
    },
  });
  fireEvent.click(await screen.findByRole("button", { name: "Discard it" }));
  await waitFor(() => assert.ok(screen.queryByRole("article") === null));
  assert.equal(askedFor("DELETE datasets/uploads/7/").length, 1);
});

test("an upload that ended without a dataset says why after a reload, too", async () => {
  const error = "The file is infected.";
  await openZone([await begun({ status: "failed", code: "infected_file", error })]);
  await screen.findByText(/was not taken: The file is infected\./);
  assert.ok(screen.queryByLabelText("long.csv, to go on with") === null);
});

const asksBeforeLeaving = () => {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
};

test("leaving the page is asked about while something is sent, and not while it is paused or done", async () => {
  const zone = await openZone();
  assert.equal(asksBeforeLeaving(), false);
  await begin(zone);
  assert.equal(asksBeforeLeaving(), true);
  fireEvent.click(rowOf("long.csv").getByRole("button", { name: "Pause long.csv" }));
  assert.equal(asksBeforeLeaving(), false);
});

test("files go on while another page of the app is open", async () => {
  const zone = await openZone();
  serverAnswers({ "GET projects/": [project()] });
  const first = await begin(zone);
  fireEvent.click(screen.getByRole("link", { name: "MagTrace: all projects" }));
  await screen.findByRole("heading", { name: "Projects" });
  first.answer(204, undefined, OFFSET(8 * MIB));
  await sent(3);
  fireEvent.click(await screen.findByRole("link", { name: "Harbour" }));
  await waitFor(() => rowOf("long.csv").getByText(/sending, 88 %/));
});

test("who signs out sends nothing more", async () => {
  const zone = await openZone();
  const first = await begin(zone);
  let isSignedIn = true;
  const nobody = () => refusal(401, "not_signed_in", "Sign in.");
  serverAnswers({
    "POST auth/sign-out": () => {
      isSignedIn = false;
      return {};
    },
    "GET me/": () => (isSignedIn ? me() : nobody()),
    "GET setup/": { needed: false },
    "GET sign-in-options/": { sso: null, mail: false },
  });
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Account of Ada" }));
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  await screen.findByRole("heading", { name: "Sign in" });
  assert.equal(first.readyState, 0, "the request was ended");
  assert.equal(asksBeforeLeaving(), false);
  assert.equal(StubUpload.sent.length, 2);
});
