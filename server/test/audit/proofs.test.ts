import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type AuditStage, startAuditStage } from "./auditStage.ts";

const script = fileURLToPath(new URL("../../../docs/check-audit.py", import.meta.url));

interface TreeHead {
  readonly size: number;
  readonly root: string;
}

/** The script of docs/audit.md, which knows nothing of MagTrace. */
function check(text: string, ...noted: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("python3", [script, ...noted], {
    input: text,
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

describe("an export with proofs", () => {
  const cleanup = suiteCleanup();
  let stage: AuditStage;

  before(async () => {
    stage = await startAuditStage(cleanup);
    await stage.sql.query(
      "INSERT INTO audit.inbox (organization_id, action) SELECT $1, 'project.read' FROM generate_series(1, 700)",
      [stage.organizationId],
    );
    await sequenceAudit(stage.sql);
  });

  async function exported(query = ""): Promise<{ text: string; tree: TreeHead }> {
    const { status, body } = await stage.owner.call<string>(
      "GET",
      `/api/audit/export/?format=proofs${query}`,
    );
    assert.equal(status, 200, JSON.stringify(body));
    return { text: body, tree: JSON.parse(body.slice(0, body.indexOf("\n"))).tree };
  }

  test("is checked by a script that stands alone, the whole chain as well as a part of it", async () => {
    const whole = await exported();
    assert.deepEqual(check(whole.text), {
      status: 0,
      said: `${whole.tree.size} entries are in the tree ${whole.tree.size}:${whole.tree.root}\n`,
    });
    const part = await exported(`&project_id=${stage.project.id}`);
    assert.match(check(part.text).said, /^\d+ entries are in the tree/);
    assert.ok(part.text.split("\n").length < whole.text.split("\n").length);
  });

  test("proves that the tree of an earlier size is its beginning", async () => {
    const sizes = [1, 2, 255, 256, 257, 512, 700];
    for (const size of sizes) {
      const { text, tree } = await exported(`&since_size=${size}&subject=none`);
      const { since } = tree as TreeHead & { since: TreeHead };
      assert.equal(check(text, `${size}:${since.root}`).status, 0, `since ${size}`);
      assert.match(check(text, `${size}:${"0".repeat(64)}`).said, /not the one that was noted/);
    }
    const now = await exported();
    await stage.newLabel();
    const later = await exported(`&since_size=${now.tree.size}&subject=none`);
    assert.ok(later.tree.size > now.tree.size);
    assert.equal(check(later.text, `${now.tree.size}:${now.tree.root}`).status, 0);
    const { body } = await stage.owner.call("GET", "/api/audit/export/?format=proofs&since_size=1000000");
    assert.match(String(body.error), /at most \d+/);
    assert.equal((await stage.owner.call("GET", "/api/audit/export/?since_size=1")).status, 400);
  });

  test("is refused by the script when anything in it was changed", async () => {
    const { text } = await exported("&since_size=300");
    const lines = text.trimEnd().split("\n");
    const changed = (at: number, from: RegExp, to: string) => {
      const line = lines[at]!.replace(from, to);
      assert.notEqual(line, lines[at]);
      return `${lines.with(at, line).join("\n")}\n`;
    };
    for (const [what, altered, says] of [
      ["an entry", changed(400, /project\.read/g, "project.look"), /not in the tree/],
      ["a position", changed(400, /"position":400/, '"position":401'), /not in the tree/],
      ["a hash", changed(400, /"hash":"[0-9a-f]{4}/, '"hash":"0000'), /does not follow/],
      ["the root", changed(0, /"root":"[0-9a-f]{4}/, '"root":"0000'), /not the beginning|not in the tree/],
      [
        "an earlier root",
        changed(0, /("since":\{"size":300,"root":")[0-9a-f]{4}/, "$10000"),
        /not the beginning/,
      ],
      ["its proof", changed(0, /("consistency":\[")[0-9a-f]{4}/, "$10000"), /not the beginning/],
    ] as const) {
      const { status, said } = check(altered);
      assert.equal(status, 1, what);
      assert.match(said, says, what);
    }
  });
});
