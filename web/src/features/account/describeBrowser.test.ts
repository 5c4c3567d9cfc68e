/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeBrowser } from "./describeBrowser.ts";

test("browsers are told apart although each claims to be the others", () => {
  const agents: [string, string][] = [
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
      "Edge on Windows",
    ],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Windows"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iOS"],
    [
      "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
      "Chrome on Android",
    ],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605.1.15", "Safari on macOS"],
  ];
  for (const [agent, words] of agents) assert.equal(describeBrowser(agent), words);
});

test("what is not known keeps its own words, cut short, and nothing is unknown", () => {
  assert.equal(describeBrowser("curl/8.9"), "curl/8.9");
  assert.equal(describeBrowser("x".repeat(500)).length, 60);
  assert.equal(describeBrowser(null), "unknown");
  assert.equal(describeBrowser(" "), "unknown");
});
