import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../errors.ts";
import { type Hand, type RoleChange, requireRoleChange } from "./memberRules.ts";

const RANK = { member: 1, admin: 2, owner: 3, installation: 4 } as const;
const ROLES = ["member", "admin", "owner"] as const;
const NONE_OR_ROLES = [null, ...ROLES] as const;

interface Case extends RoleChange {
  readonly hand: Hand;
}

/** Every change there could be; of oneself only from what one is. */
function everyChange(): Case[] {
  const cases: Case[] = [];
  for (const hand of [...ROLES, "installation"] as const) {
    for (const from of NONE_OR_ROLES) {
      for (const to of NONE_OR_ROLES) {
        cases.push({ hand, from, to, isOwn: false });
        if (hand === "installation" || from === hand) cases.push({ hand, from, to, isOwn: true });
      }
    }
  }
  return cases;
}

function isAllowed({ hand, ...change }: Case): boolean {
  try {
    requireRoleChange(hand, change);
    return true;
  } catch (error) {
    assert.ok(error instanceof AppError);
    return false;
  }
}

const rankOf = (role: (typeof NONE_OR_ROLES)[number]) => (role === null ? 0 : RANK[role]);

describe("who may change what somebody is in an organisation", () => {
  const allowed = everyChange().filter(isAllowed);

  test("nobody gives more than they have", () => {
    assert.deepEqual(
      allowed.filter(({ hand, to }) => rankOf(to) > RANK[hand]),
      [],
    );
  });

  test("nobody touches somebody above them", () => {
    assert.deepEqual(
      allowed.filter(({ hand, from }) => rankOf(from) > RANK[hand]),
      [],
    );
  });

  test("nobody raises themselves, but an administrator of the installation", () => {
    const raised = allowed.filter(({ isOwn, from, to }) => isOwn && rankOf(to) > rankOf(from));
    assert.ok(raised.length > 0);
    assert.deepEqual(
      raised.filter(({ hand }) => hand !== "installation"),
      [],
    );
  });

  test("only an administrator of the installation makes a member of somebody who is none", () => {
    const hands = allowed.filter(({ from }) => from === null).map(({ hand }) => hand);
    assert.deepEqual(new Set(hands), new Set(["installation"]));
  });

  test("a member may do nothing but leave, or stay what they are", () => {
    assert.deepEqual(
      allowed.filter(({ hand }) => hand === "member"),
      [
        { hand: "member", from: "member", to: null, isOwn: true },
        { hand: "member", from: "member", to: "member", isOwn: true },
      ],
    );
  });

  test("an owner may set and remove everybody who is in it", () => {
    const ownersCases = everyChange().filter(({ hand, from }) => hand === "owner" && from !== null);
    assert.ok(ownersCases.every(isAllowed));
  });
});
