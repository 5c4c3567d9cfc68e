import assert from "node:assert/strict";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type DumpEnd, type DumpHead, readDump, writeDump } from "./dump.ts";
import { keptColumns, rowsChosen } from "./rowChoice.ts";
import { opened, sealed } from "./sealedStream.ts";

const head: DumpHead = {
  format: 1,
  startedAt: "2026-11-27T00:00:00.000Z",
  version: "1",
  auditMonths: ["2026-11-01T00:00:00Z"],
  tables: [
    { schema: "magtrace", name: "empty", columns: ["id"] },
    { schema: "magtrace", name: "a b", columns: ["id", 'te"xt'] },
    { schema: "magtrace", name: "last", columns: ["id"] },
  ],
};
const end: DumpEnd = {
  tables: {},
  sequences: [{ schema: "magtrace", name: "a_id_seq", lastValue: 7, isCalled: true }],
};
/** As COPY writes values: a line break, a tab and what ends rows, all in values. */
const rows: Record<string, string> = {
  empty: "",
  "a b": `1\tone\\ntwo\n2\t\\\\.\n3\t\\N\n4\tü${"x".repeat(3_000)}\n`,
  last: "\\\\.\n",
};

async function* inPieces(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let all = Buffer.alloc(0);
  for await (const piece of source) all = Buffer.concat([all, piece]);
  for (let at = 0; at < all.byteLength; at += length) yield Uint8Array.from(all.subarray(at, at + length));
}

const written = () =>
  writeDump({
    head,
    rows: async function* ({ name }) {
      if (rows[name] !== "") yield Buffer.from(rows[name]!);
    },
    end: async () => end,
  });

async function readBack(source: AsyncIterable<Uint8Array>) {
  const found: Record<string, string> = {};
  let last: DumpEnd | undefined;
  await readDump(source, {
    head: async (given) => assert.deepEqual(given, head),
    async table({ name }, pieces) {
      const parts: Uint8Array[] = [];
      for await (const piece of pieces) {
        assert.equal(piece.at(-1), 10, "pieces are of whole rows");
        parts.push(Uint8Array.from(piece));
      }
      found[name] = Buffer.concat(parts).toString("utf8");
    },
    end: async (given) => {
      last = given;
    },
  });
  return { found, last };
}

test("what is written is read back, in pieces of any length", async () => {
  for (const length of [1, 2, 3, 7, 64, 100_000]) {
    assert.deepEqual(await readBack(inPieces(written(), length)), { found: rows, last: end });
  }
});

test("a text that ends early, goes on, or is another is refused", async () => {
  const text = Buffer.concat(await Array.fromAsync(written()));
  const source = async function* (bytes: Uint8Array) {
    yield bytes;
  };
  for (let cut = 0; cut < text.byteLength; cut += 97) {
    await assert.rejects(
      readBack(source(text.subarray(0, cut))),
      { code: "damaged_object" },
      `cut at ${cut}`,
    );
  }
  await assert.rejects(readBack(source(Buffer.concat([text, Buffer.from("more\n")]))), {
    code: "damaged_object",
  });
  await assert.rejects(readBack(source(Buffer.from("SELECT 1;\n"))), { code: "damaged_object" });
});

test("encrypted it is opened by one of its identities alone, and no changed byte passes", async () => {
  const [mine, other, third] = [
    await generateX25519Identity(),
    await generateX25519Identity(),
    await generateX25519Identity(),
  ];
  const recipients = [await identityToRecipient(mine), await identityToRecipient(other)];
  const bytes = Buffer.concat(await Array.fromAsync(sealed(written(), recipients)));
  assert.ok(!bytes.includes("magtrace backup"));
  const source = async function* (given: Uint8Array) {
    yield Uint8Array.from(given);
  };
  for (const identity of [mine, other]) {
    assert.deepEqual((await readBack(opened(source(bytes), [identity]))).found, rows);
  }
  await assert.rejects(readBack(opened(source(bytes), [third])), { code: "wrong_credentials" });
  const altered = Uint8Array.from(bytes);
  altered[altered.byteLength - 20]! ^= 1;
  await assert.rejects(readBack(opened(source(altered), [mine])), { code: "damaged_object" });
  await assert.rejects(readBack(opened(source(bytes.subarray(0, -30)), [mine])), { code: "damaged_object" });
});

test("columns that are not there any more are left out, and rows are chosen by their fields", async () => {
  const table = { schema: "pgboss", name: "job", columns: ["id", "old", "state"] };
  const kept = keptColumns(table, { schema: "pgboss", name: "job", columns: ["new", "state", "id"] });
  assert.deepEqual(kept, [0, 2]);
  const source = async function* () {
    yield Buffer.from("1\tü\tdone\n2\tx");
    yield Buffer.from("\twaiting ü\n");
  };
  const choice = {
    takesTable: () => true,
    chooserOf: () => (fields: string[]) => {
      fields[1] = "\\N";
      return fields[0] === "2";
    },
  };
  const all = Buffer.concat(await Array.fromAsync(rowsChosen(source(), table, { kept, choice: null })));
  assert.equal(all.toString("utf8"), "1\tdone\n2\twaiting ü\n");
  const some = Buffer.concat(await Array.fromAsync(rowsChosen(source(), table, { kept: [0, 1, 2], choice })));
  assert.equal(some.toString("utf8"), "2\t\\N\twaiting ü\n");
});
