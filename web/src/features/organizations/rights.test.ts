/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayChangeMember, rightsInOrganization, rolesToGive } from "./rights.ts";

test("owners and admins manage, only owners own, and a read-only account does neither", () => {
  assert.deepEqual(rightsInOrganization("owner", true), { mayManage: true, mayOwn: true });
  assert.deepEqual(rightsInOrganization("admin", true), { mayManage: true, mayOwn: false });
  assert.deepEqual(rightsInOrganization("member", true), { mayManage: false, mayOwn: false });
  assert.deepEqual(rightsInOrganization(null, true), { mayManage: false, mayOwn: false });
  assert.deepEqual(rightsInOrganization("owner", false), { mayManage: false, mayOwn: false });
});

test("nobody is offered to give more than they have", () => {
  assert.deepEqual(rolesToGive(rightsInOrganization("owner", true)), ["owner", "admin", "member"]);
  assert.deepEqual(rolesToGive(rightsInOrganization("admin", true)), ["admin", "member"]);
  assert.deepEqual(rolesToGive(rightsInOrganization("member", true)), []);
});

test("an admin leaves owners alone", () => {
  const admin = rightsInOrganization("admin", true);
  assert.equal(mayChangeMember(admin, "owner"), false);
  assert.equal(mayChangeMember(admin, "admin"), true);
  assert.equal(mayChangeMember(rightsInOrganization("owner", true), "owner"), true);
  assert.equal(mayChangeMember(rightsInOrganization("member", true), "member"), false);
});
