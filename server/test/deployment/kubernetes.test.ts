import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { readConfig, variables } from "../../src/config.ts";

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources?: { readonly requests?: object; readonly limits?: { readonly memory?: string } };
  readonly livenessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: unknown;
}
interface PodSpec {
  readonly securityContext: Record<string, unknown>;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: {
    readonly template?: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: PodSpec;
    };
    readonly selector?: { readonly matchLabels?: Record<string, string> };
    readonly scaleTargetRef?: { readonly name: string };
    readonly replicas?: number;
    readonly metrics?: readonly { readonly type: string }[];
  };
}
interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly literals: readonly string[] }[];
}

const folder = fileURLToPath(new URL("../../../deploy/kubernetes/", import.meta.url));
const textOf = (path: string) => readFileSync(join(folder, path), "utf8");
const base = parse(textOf("base/kustomization.yaml")) as Kustomization;
const manifests = base.resources.flatMap((file) =>
  parseAllDocuments(textOf(`base/${file}`)).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS() as Manifest;
  }),
);
const workloads = manifests.flatMap(({ kind, metadata, spec }) =>
  spec?.template
    ? [{ name: metadata.name, kind, spec, labels: spec.template.metadata.labels, pod: spec.template.spec }]
    : [],
);
const kinds = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

describe("the manifests for Kubernetes", () => {
  test("are one of each thing, by the versions that serve them", () => {
    const versions: Record<string, string> = {
      Namespace: "v1",
      ServiceAccount: "v1",
      Service: "v1",
      Job: "batch/v1",
      Deployment: "apps/v1",
      PodDisruptionBudget: "policy/v1",
      HorizontalPodAutoscaler: "autoscaling/v2",
      NetworkPolicy: "networking.k8s.io/v1",
    };
    for (const { apiVersion, kind, metadata } of manifests) {
      assert.equal(apiVersion, versions[kind], `${kind} ${metadata.name}`);
    }
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(workloads.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      "Deployment magtrace-api",
      "Deployment magtrace-worker",
      "Job magtrace-migrate",
    ]);
  });

  test("ask for nothing that the restricted policy refuses", () => {
    for (const { name, pod } of workloads) {
      assert.equal(pod.automountServiceAccountToken, false, name);
      const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext;
      assert.deepEqual(
        [runAsNonRoot, runAsUser, seccompProfile],
        [true, 1000, { type: "RuntimeDefault" }],
        name,
      );
      for (const container of pod.containers) {
        assert.deepEqual(
          container.securityContext,
          {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          name,
        );
        assert.ok(
          container.resources?.requests && container.resources.limits?.memory,
          `${name} is not bounded`,
        );
        assert.equal(container.env, undefined, `${name} has settings beside the map`);
        const volumes = pod.volumes.map((volume) => volume.name);
        assert.deepEqual(container.volumeMounts.map((mount) => mount.name).sort(), volumes.sort(), name);
      }
    }
  });

  test("give the owner's password to the migration alone", () => {
    const secrets = workloads.map(({ name, pod }) => [
      name,
      pod.volumes.find((volume) => volume.secret)?.secret?.secretName,
    ]);
    assert.deepEqual(Object.fromEntries(secrets), {
      "magtrace-api": "magtrace",
      "magtrace-worker": "magtrace",
      "magtrace-migrate": "magtrace-owner",
    });
    assert.deepEqual(kinds("Secret"), []);
  });

  test("probe the api where it answers", () => {
    const api = workloads.find(({ name }) => name === "magtrace-api")?.pod.containers[0];
    assert.equal(api?.livenessProbe?.httpGet.path, "/health/live/");
    assert.equal(api?.readinessProbe?.httpGet.path, "/health/");
    const ports = api?.ports?.map((port) => port.name) ?? [];
    assert.ok(ports.includes(api?.readinessProbe?.httpGet.port ?? ""));
  });

  test("select pods that there are", () => {
    const labels = workloads.map((workload) => workload.labels);
    const matches = (wanted: Record<string, string>) =>
      labels.some((each) => Object.entries(wanted).every(([key, value]) => each[key] === value));
    for (const { kind, metadata, spec } of manifests) {
      const { selector, podSelector } = (spec ?? {}) as unknown as Record<
        string,
        { matchLabels?: Record<string, string> }
      >;
      for (const each of [selector, podSelector]) {
        if (!each) continue;
        const wanted = each.matchLabels ?? (each as Record<string, string>);
        assert.ok(matches(wanted), `${kind} ${metadata.name} selects nothing`);
      }
    }
    for (const { metadata, spec } of kinds("HorizontalPodAutoscaler")) {
      const target = workloads.find(({ name }) => name === spec?.scaleTargetRef?.name);
      assert.equal(target?.kind, "Deployment", metadata.name);
      assert.equal(
        target?.spec.replicas,
        undefined,
        "the autoscaler and the manifest would pull at each other",
      );
    }
  });

  test("set only variables that there are, and no secret", () => {
    const files = globSync("**/kustomization.yaml", { cwd: folder });
    assert.ok(files.length >= 3);
    for (const file of files) {
      const { configMapGenerator = [] } = parse(textOf(file)) as Kustomization;
      for (const { literals } of configMapGenerator) {
        const settings = Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)));
        const { NODE_ENV: _mode, ...ours } = settings as Record<string, string>;
        for (const name of Object.keys(ours)) {
          assert.ok(name in variables, `${name} in ${file}`);
          assert.ok(!("secret" in variables[name as keyof typeof variables]), `${name} in ${file}`);
        }
        readConfig(ours);
      }
    }
  });

  const kubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
  test("are what kustomize makes of each overlay", { skip: !kubectl && "kubectl is not installed" }, () => {
    for (const overlay of ["base", "overlays/queue-age", "overlays/example"]) {
      const made = spawnSync("kubectl", ["kustomize", join(folder, overlay)], { encoding: "utf8" });
      assert.equal(made.status, 0, made.stderr);
      const documents = parseAllDocuments(made.stdout).map((document) => document.toJS() as Manifest);
      assert.ok(documents.length > manifests.length, overlay);
      if (overlay !== "overlays/queue-age") continue;
      const worker = documents.find(
        ({ kind, metadata }) => kind === "HorizontalPodAutoscaler" && metadata.name === "magtrace-worker",
      );
      assert.deepEqual(
        worker?.spec?.metrics?.map(({ type }) => type),
        ["Resource", "External"],
      );
    }
  });
});
