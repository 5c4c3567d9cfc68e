import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { freePort } from "../../src/platform/freePort.ts";
import { startWorker } from "../../src/worker.ts";
import { scrape } from "../support/scrape.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

const root = join(import.meta.dirname, "../../..");
const deploy = join(root, "deploy");
const rulesText = readFileSync(join(deploy, "prometheus/rules/magtrace.yml"), "utf8");
const alerts = [...rulesText.matchAll(/^ {6}- alert: (\w+)$/gm)].map(([, name]) => name!);

/** Why what needs a program is left out, or false. In CI it never is. */
const skipWithout = (program: string, packageName: string) =>
  !existsSync(program) && process.env.CI !== "true"
    ? `${program} is not installed (apt install ${packageName})`
    : false;
const promtool = "/usr/bin/promtool";
const amtool = "/usr/bin/amtool";
const skipPrometheus = skipWithout(promtool, "prometheus");
const skipAlertmanager = skipWithout(amtool, "prometheus-alertmanager");

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
}

const dashboards = globSync("grafana/*.json", { cwd: deploy }).map(
  (file) => JSON.parse(readFileSync(join(deploy, file), "utf8")) as Dashboard,
);

/** Expressions of the rules, each on one line. */
function ruleExpressions(): string[] {
  return [...rulesText.matchAll(/^ {8}expr: (?:\|\n((?: {10}.*\n)+)|(.+)\n)/gm)].map(([, block, line]) =>
    (block ?? line!).replaceAll(/\s+/g, " ").trim(),
  );
}

const panelExpressions = dashboards.flatMap(({ panels }) =>
  panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
);

/** Metrics that an expression names, with the labels that it asks of each. */
function metricsIn(expression: string): { name: string; labels: string[] }[] {
  const found = expression.matchAll(/\b((?:magtrace|process|nodejs)_\w+)(?:\{([^}]*)\})?/g);
  return [...found].map(([, name, matchers = ""]) => ({
    name: name!,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  }));
}

const CASES = ["tests/minutes.yml", "tests/hours.yml"];
const OF_PROMETHEUS = new Set(["job", "instance"]);

describe("what watches an installation", () => {
  const cleanup = suiteCleanup();
  const shown = new Map<string, Set<string>>();

  before(async () => {
    const [apiPort, workerPort] = [await freePort(), await freePort()];
    const installation = await startTestInstallation(cleanup, { METRICS_PORT: String(apiPort) });
    const worker = await startWorker({ ...installation.config, METRICS_PORT: workerPort });
    cleanup.after(() => worker.stop());
    await installation.caller(null).call("GET", "/api/");
    for (const port of [apiPort, workerPort]) {
      for (const [name, labels] of (await scrape(port)).families) {
        shown.set(name, (shown.get(name) ?? new Set()).union(labels));
      }
    }
  });

  test("every metric that a rule or a dashboard names is shown by an api or a worker", () => {
    const expressions = [...ruleExpressions(), ...panelExpressions];
    assert.ok(expressions.length > 60, "and there are such");
    for (const expression of expressions) {
      for (const { name, labels } of metricsIn(expression)) {
        const known = shown.get(name);
        assert.ok(known, `${name} in: ${expression}`);
        // One without samples yet has no labels yet either.
        if (known.size === 0) continue;
        for (const label of labels) {
          assert.ok(known.has(label) || OF_PROMETHEUS.has(label), `${name}{${label}} in: ${expression}`);
        }
      }
    }
  });

  test("what every api shows of the whole installation is never added up", () => {
    const expressions = [...ruleExpressions(), ...panelExpressions].filter((one) =>
      one.includes("_installation_"),
    );
    assert.ok(expressions.length > 10);
    for (const expression of expressions) {
      const bare = expression.replaceAll(
        /\b(?:sum|max)(?: by \([^)]*\))? ?\(/g,
        (call) => `${call.slice(0, 3)}(`,
      );
      for (const { index } of bare.matchAll(/magtrace_installation_\w+/g)) {
        const before = bare.slice(0, index);
        const isAlone = bare === bare.slice(index, index + "magtrace_installation_visible".length);
        assert.ok(/max\((?:sum\(increase\()?$/.test(before) || isAlone, expression);
      }
    }
  });
});

test("every alert has a severity, a runbook under its name, and a case in which it fires", () => {
  const runbooks = readFileSync(join(root, "docs/runbooks.md"), "utf8");
  const headings = [...runbooks.matchAll(/^## (\w+)$/gm)].map(([, name]) => name!);
  assert.deepEqual([...headings].sort(), [...alerts].sort());
  const cases = CASES.map((file) => readFileSync(join(deploy, "prometheus", file), "utf8")).join("\n");
  for (const alert of alerts) {
    const rule = rulesText.split(`- alert: ${alert}\n`)[1]!.split("\n\n")[0]!;
    const severity = /severity: (page|ticket)\b/.exec(rule)?.[1];
    assert.ok(severity, alert);
    assert.match(rule, /summary: \S/, alert);
    assert.ok(
      rule.includes(`runbook_url: docs/runbooks.md#${alert.toLowerCase()}\n`) ||
        rule.endsWith(`runbook_url: docs/runbooks.md#${alert.toLowerCase()}`),
      alert,
    );
    assert.ok(
      runbooks.includes(`## ${alert}\n\n*${severity}.*`),
      `the runbook of ${alert} says its severity`,
    );
    const own = cases.split(`- name: ${alert}\n`)[1]?.split("\n  - name:")[0] ?? "";
    assert.match(own, /exp_alerts: \[\]/, `${alert} has a case in which it is quiet`);
    assert.match(own, /exp_alerts:\n {10}- exp_labels:/, `${alert} has a case in which it fires`);
  }
});

test("rules and Prometheus's configuration are right, and every alert fires when it must and only then", {
  skip: skipPrometheus,
}, () => {
  const run = (...args: string[]) =>
    execFileSync(promtool, args, { cwd: join(deploy, "prometheus"), encoding: "utf8", stdio: "pipe" });
  assert.match(run("check", "config", "prometheus.yml"), /SUCCESS/);
  assert.match(
    run("check", "rules", "rules/magtrace.yml"),
    new RegExp(`SUCCESS: ${alerts.length + 1} rules found`),
  );
  assert.match(run("test", "rules", ...CASES), /SUCCESS/);
});

test("Alertmanager wakes somebody for a page, and for a ticket nobody", { skip: skipAlertmanager }, () => {
  const file = join(deploy, "alertmanager/alertmanager.yml");
  const run = (...args: string[]) => execFileSync(amtool, args, { encoding: "utf8", stdio: "pipe" }).trim();
  assert.match(run("check-config", file), /SUCCESS/);
  const receivers = (severity: string) =>
    run("config", "routes", "test", `--config.file=${file}`, `severity=${severity}`);
  assert.equal(receivers("page"), "on-duty,escalation");
  assert.equal(receivers("ticket"), "tickets");
  const named = [...readFileSync(file, "utf8").matchAll(/MagTrace\w+/g)].map(([name]) => name);
  assert.deepEqual(
    named.filter((name) => !alerts.includes(name)),
    [],
    "what inhibits is an alert there is",
  );
});

test("dashboards are ones that Grafana can import", () => {
  assert.equal(dashboards.length, 3);
  assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, 3);
  for (const { title, schemaVersion, panels } of dashboards) {
    assert.match(title, /^MagTrace: /);
    assert.ok(schemaVersion >= 36);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, type, gridPos, targets } of panels) {
      assert.ok(["timeseries", "stat"].includes(type), title);
      assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.h > 0, title);
      assert.ok(targets.length > 0 && targets.every(({ expr }) => expr !== ""), title);
    }
  }
});
