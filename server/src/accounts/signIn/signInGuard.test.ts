import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { AppError } from "../../errors.ts";
import { createLimiters } from "../../platform/limits/createLimiters.ts";
import { deviceCookies } from "./deviceCookies.ts";
import { type Attempt, createSignInGuard, type SignInGuard } from "./signInGuard.ts";

describe("the guard of sign-in", () => {
  let guard: SignInGuard;

  beforeEach(() => {
    mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1_800_000_000_000 });
    guard = createSignInGuard(createLimiters(null), deviceCookies(Buffer.alloc(32, 7)));
  });
  afterEach(() => mock.timers.reset());

  const at = (address: string, more: Partial<Attempt> = {}): Attempt => ({
    email: "ann@example.com",
    address,
    device: undefined,
    ...more,
  });

  /** Seconds to wait, 0 where it is admitted. */
  async function wait(attempt: Attempt): Promise<number> {
    try {
      await guard.admit(attempt);
      return 0;
    } catch (error) {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "locked_out");
      return (error.details as { retry_after_seconds: number }).retry_after_seconds;
    }
  }
  /** Signs in, and returns the browser's cookie. */
  async function signIn(attempt: Attempt): Promise<string> {
    assert.equal(await wait(attempt), 0);
    return guard.succeeded(attempt);
  }
  const sleep = (seconds: number) => mock.timers.tick(seconds * 1000);

  test("lets five tries pass, then makes each wait twice as long as the one before, up to a quarter of an hour", async () => {
    for (let i = 0; i < 5; i++) assert.equal(await wait(at("1.1.1.1")), 0);
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const seconds = await wait(at("1.1.1.1"));
      waits.push(seconds);
      sleep(seconds);
      assert.equal(await wait(at("1.1.1.1")), 0);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  test("admits one of many tries that come at once after the free ones", async () => {
    for (let i = 0; i < 6; i++) {
      sleep(await wait(at("1.1.1.1")));
    }
    sleep(60);
    const waits = await Promise.all(Array.from({ length: 50 }, () => wait(at("1.1.1.1"))));
    assert.equal(waits.filter((seconds) => seconds === 0).length, 1);
  });

  test("counts an address and an account together: neither other addresses nor other accounts wait", async () => {
    for (let i = 0; i < 6; i++) await wait(at("1.1.1.1"));
    assert.notEqual(await wait(at("1.1.1.1")), 0);
    assert.equal(await wait(at("2.2.2.2")), 0);
    assert.equal(await wait(at("1.1.1.1", { email: "bob@example.com" })), 0);
    assert.notEqual(await wait(at("1.1.1.1", { email: " Ann@Example.com " })), 0, "the same account");
  });

  test("slows an attack from many addresses, but not the browser that has signed in before", async () => {
    const device = await signIn(at("9.9.9.9"));
    for (let i = 0; i < 50; i++) await wait(at(`1.1.1.${i}`));
    assert.notEqual(await wait(at("3.3.3.3")), 0, "a stranger waits");
    assert.equal(await wait(at("3.3.3.3", { device })), 0, "a known browser does not");
    for (let i = 0; i < 5; i++) await wait(at("3.3.3.3", { device }));
    assert.notEqual(await wait(at("3.3.3.3", { device })), 0, "a known browser has its own five tries");
  });

  test("takes no cookie of another user, of another's making, or of half a year ago", async () => {
    const device = await signIn(at("9.9.9.9"));
    const foreign = await signIn(at("9.9.9.9", { email: "eve@example.com" }));
    const forged = deviceCookies(Buffer.alloc(32, 8)).issue("ann@example.com");
    const later = device.replace(/\.\d+\./, ".99999.");
    for (let i = 0; i < 50; i++) await wait(at(`1.1.1.${i}`));
    for (const cookie of [foreign, forged, later, "", "..", device.slice(0, -2)]) {
      assert.notEqual(await wait(at("3.3.3.3", { device: cookie })), 0, cookie);
    }
    sleep(181 * 86_400);
    for (let i = 0; i < 50; i++) await wait(at(`1.1.1.${i}`));
    assert.notEqual(await wait(at("3.3.3.3", { device })), 0, "too old");
  });

  test("counts no try that was right", async () => {
    for (let i = 0; i < 60; i++) {
      await signIn(at(`1.1.1.${i}`));
    }
    assert.equal(await wait(at("3.3.3.3")), 0);
  });

  test("forgets an address's tries when one of them was right", async () => {
    for (let i = 0; i < 5; i++) await wait(at("1.1.1.1"));
    await guard.succeeded(at("1.1.1.1"));
    for (let i = 0; i < 5; i++) assert.equal(await wait(at("1.1.1.1")), 0);
  });
});
