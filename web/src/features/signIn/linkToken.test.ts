/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { splitLink, takeLinkToken } from "./linkToken.ts";

const at = (path: string) => `https://magtrace.example${path}`;

test("the secret of a link leaves the address, and the rest of the query stays", () => {
  assert.deepEqual(splitLink(at("/app/invitation?token=a%2Bb&x=1")), {
    link: { page: "/invitation", token: "a+b" },
    rest: "/app/invitation?x=1",
  });
  assert.equal(splitLink(at("/app/setup?token=1234"))?.rest, "/app/setup");
  assert.equal(splitLink(at("/app/reset-password/?token=t"))?.link.page, "/reset-password");
});

test("pages that no mail leads to, and links without a secret, are left alone", () => {
  for (const path of [
    "/app/projects?token=t",
    "/invitation?token=t",
    "/app/invitation",
    "/app/invitation?token=",
  ]) {
    assert.equal(splitLink(at(path)), null);
  }
});

test("every copy of a doubled secret leaves the address", () => {
  const found = splitLink(at("/app/verify-email?token=a&token=b"));
  assert.deepEqual(found, { link: { page: "/verify-email", token: "a" }, rest: "/app/verify-email" });
});

test("the address is replaced, so that going back does not bring the secret to light", () => {
  const replaced: unknown[] = [];
  const browser = {
    location: { href: at("/app/invitation?token=secret") },
    history: { replaceState: (...change: unknown[]) => replaced.push(change) },
  } as unknown as Window;
  assert.equal(takeLinkToken(browser)?.token, "secret");
  assert.deepEqual(replaced, [[null, "", "/app/invitation"]]);
});
