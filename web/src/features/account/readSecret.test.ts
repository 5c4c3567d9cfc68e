/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSecret } from "./readSecret.ts";

test("the secret is read in groups of four", () => {
  assert.equal(
    readSecret("otpauth://totp/MagTrace:a%40b.c?secret=JBSWY3DPEHPK3PXPAB&issuer=MagTrace&digits=6"),
    "JBSW Y3DP EHPK 3PXP AB",
  );
});

test("an address without a secret, and what is no address, have none", () => {
  for (const uri of ["otpauth://totp/x?issuer=y", "otpauth://totp/x?secret=", "", "no address"]) {
    assert.equal(readSecret(uri), null);
  }
});
