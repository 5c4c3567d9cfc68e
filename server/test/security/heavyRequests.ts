import { multipartBody } from "./multipartArbitrary.ts";
import type { GeneratedRequest } from "./requestArbitrary.ts";

export type WireRequest = Pick<GeneratedRequest, "method" | "target" | "headers" | "body">;

/** What heavy requests name, so that they get as far as they can. */
export interface Things {
  readonly organization: number;
  readonly project: number;
  readonly dataset: number;
  readonly category: number;
  readonly model: number;
  readonly session: number;
  readonly prediction: number;
}

const MIB = 1024 * 1024;
const FORM = { "content-type": "multipart/form-data; boundary=attack" };

const get = (target: string, headers: Record<string, string> = {}): WireRequest => ({
  method: "GET",
  target,
  headers,
  body: null,
});
const send = (target: string, text: string, method = "POST"): WireRequest => ({
  method,
  target,
  headers: { "content-type": "application/json" },
  body: Buffer.from(text),
});
const form = (target: string, body: Buffer): WireRequest => ({
  method: "POST",
  target,
  headers: FORM,
  body,
});

/** So many of a text, joined by commas, as fit into so many bytes. */
function listOf(item: string, bytes: number): string {
  return `[${`${item},`.repeat(Math.floor(bytes / (item.length + 1)) - 1)}${item}]`;
}

/** One JSON body of so many bytes, in each of the shapes that cost a parser most. */
function bodies(bytes: number): Record<string, string> {
  const keys = Array.from({ length: Math.floor(bytes / 14) }, (_, i) => `"k${i}":${i % 10}`).join(",");
  return {
    "one long text": `{"name":"${"x".repeat(bytes)}"}`,
    "one long text of escapes": `{"name":"${"\\u005f".repeat(bytes / 6)}"}`,
    numbers: `{"name":"x","settings":{"a":${listOf("1", bytes)}}}`,
    "numbers with many digits": `{"name":"x","settings":{"a":${listOf("1.2345678901234567e-300", bytes)}}}`,
    "empty objects": `{"name":"x","settings":{"a":${listOf("{}", bytes)}}}`,
    "keys, each another": `{"name":"x","settings":{${keys}}}`,
    "lists as deep as allowed": `{"name":"x","settings":{"a":${listOf(`${"[".repeat(28)}${"]".repeat(28)}`, bytes)}}}`,
    "names that look like a prototype": `{"name":"x","settings":{"a":${listOf('{"_proto__":1}', bytes)}}}`,
    spaces: `{"name":"x"${" ".repeat(bytes)}}`,
    "nothing but quotes": '"'.repeat(bytes),
  };
}

/** Requests of one kind each, the largest that are let in, by what they are. None has cost others much while it ran. */
export function heavyRequests(things: Things): Record<string, WireRequest> {
  const { project, dataset, category, model, session, prediction } = things;
  const requests: Record<string, WireRequest> = {};
  const almostMib = MIB - 100;
  for (const [shape, text] of Object.entries(bodies(almostMib))) {
    requests[`a project, 1 MiB of ${shape}`] = send("/api/projects/", text);
  }
  const label = `{"dataset":${dataset},"category":${category},"start_index":1,"end_index":2}`;
  const noted = `{"dataset":${dataset},"category":${category},"start_index":1,"end_index":2,"notes":"${"n".repeat(600)}"}`;
  const wrong = `{"dataset":${dataset},"category":${category},"start_index":1,"end_index":-2}`;
  requests["10,000 labels at once"] = send(
    "/api/annotations/bulk_create/",
    listOf(label, 10_000 * (label.length + 1)),
  );
  requests["10,000 labels with notes"] = send(
    "/api/annotations/bulk_create/",
    listOf(noted, 10_000 * (noted.length + 1)),
  );
  requests["8 MiB of labels that are wrong"] = send(
    "/api/annotations/bulk_create/",
    listOf(wrong, 8 * MIB - 100),
  );
  requests["8 MiB of numbers for labels"] = send("/api/annotations/bulk_create/", listOf("1", 8 * MIB - 100));
  requests["10,000 old labels"] = send(
    "/api/labels/bulk_create/",
    listOf(`{"dataset":${dataset},"start_index":1,"end_index":2,"label_type":"motor"}`, 700_000),
  );
  const csvLine = "1,2,Motor,0.5,n\\n";
  const csv = (lines: string) =>
    `{"dataset":${dataset},"csv":"start_index,end_index,category,confidence,notes\\n${lines}"}`;
  requests["a CSV of 20,000 labels"] = send("/api/annotations/import/", csv(csvLine.repeat(20_000)));
  requests["a CSV of 99,990 faulty lines"] = send("/api/annotations/import/", csv("a,b\\n".repeat(99_990)));
  requests["a CSV of 16 MiB without a line's end"] = send(
    "/api/annotations/import/",
    csv("x".repeat(16_700_000)),
  );
  requests["a CSV of 16 MiB of separators"] = send("/api/annotations/import/", csv(",".repeat(16_700_000)));
  requests["a CSV of 8 million quotes"] = send("/api/annotations/import/", csv('\\"'.repeat(8_300_000)));
  requests["a CSV of 8 million empty lines"] = send("/api/annotations/import/", csv("\\n".repeat(8_000_000)));
  requests["a CSV of 5 million lines of a space"] = send(
    "/api/annotations/import/",
    csv(" \\n".repeat(5_000_000)),
  );
  const given = '{"start_index":1,"end_index":2,"category":"Nothing"}';
  const names = Array.from({ length: 20_000 }, (_, i) => given.replace("Nothing", `Name ${i}`)).join(",");
  const imported = (labels: string, more = "") =>
    send("/api/annotations/import/", `{"dataset":${dataset},"annotations":${labels}${more}}`);
  requests["100,000 labels to import, of no category"] = imported(
    listOf(given, 100_000 * (given.length + 1)),
  );
  requests["20,000 labels, each of a category of its own"] = imported(
    `[${names}]`,
    ',"create_categories":true',
  );
  requests["16 MiB of labels to import"] = send(
    "/api/annotations/import/",
    `{"dataset":${dataset},"annotations":${listOf(given, 16 * MIB - 100)}}`,
  );
  requests["16 MiB of numbers to import"] = send(
    "/api/annotations/import/",
    `{"dataset":${dataset},"annotations":${listOf("1", 16 * MIB - 100)}}`,
  );
  requests["100,000 intervals to classify"] = send(
    "/api/predictions/",
    `{"dataset":${dataset},"model":${model},"intervals":${listOf('{"start_index":1,"end_index":2}', 3_200_000)}}`,
  );
  requests["16 MiB of intervals"] = send(
    "/api/predictions/",
    `{"dataset":${dataset},"model":${model},"intervals":${listOf("{}", 16 * MIB - 100)}}`,
  );
  requests["100,000 decisions"] = send(
    `/api/predictions/${prediction}/review/`,
    `{"status":"modified","modifications":${listOf('{"index":1,"action":"accept"}', 3_000_000)}}`,
  );
  requests["16 MiB of decisions"] = send(
    `/api/predictions/${prediction}/review/`,
    `{"status":"modified","modifications":${listOf("0", 16 * MIB - 100)}}`,
  );
  const metadata = (bytes: number) =>
    `{"project":${project},"name":"m","custom_metadata":{"a":${listOf("1", bytes)}}}`;
  requests["a model with 1 MiB of metadata"] = send("/api/user-models/", metadata(almostMib));
  requests["a model with a long script"] = send(
    "/api/user-models/",
    `{"project":${project},"name":"s","python_script":"${"\\n".repeat(500_000)}"}`,
  );
  requests["a thousand datasets to train on"] = send(
    "/api/training-sessions/start_training/",
    `{"model_id":${model},"dataset_id":${dataset},"additional_dataset_ids":${listOf("9007199254740991", 17_000)}}`,
  );

  requests["a query of 4,000 parameters"] = get(`/api/projects/?${"a&".repeat(4_000)}`);
  requests["a query with one parameter 1,000 times"] = get(`/api/projects/?${"limit=1&".repeat(1_000)}`);
  requests["a list of 2,000 channels"] = get(`/api/datasets/${dataset}/data/?channels=${"b,".repeat(1_000)}`);
  requests["a path of 8 KiB"] = get(`/api/${"a/".repeat(4_000)}`);
  requests["a path of escapes"] = get(`/api/${"%61".repeat(2_600)}`);
  requests["a cookie header of 15 KiB"] = get("/api/me/", { cookie: "a=b; ".repeat(3_000) });
  requests["a token of 15 KiB"] = get("/api/me/", {
    authorization: `Bearer ${"a".repeat(5_000)}.${"b".repeat(5_000)}.c`,
  });
  requests["encodings without number"] = get("/api/projects/", {
    "accept-encoding": "x;q=0.1,".repeat(1_900),
  });
  requests["media types without number"] = get(`/api/datasets/${dataset}/data/`, {
    accept: "a/b;q=0.1,".repeat(1_500),
  });
  requests["a content type of 15 KiB"] = {
    ...send("/api/projects/", "{}"),
    headers: { "content-type": `application/json${";a=b".repeat(3_700)}` },
  };

  requests["20 fields of 64 KiB"] = form(
    "/api/datasets/upload/",
    multipartBody(
      Array.from({ length: 20 }, (_, i) => ({
        name: i === 0 ? "mapping" : `f${i}`,
        content: "x".repeat(65_000),
      })),
    ),
  );
  requests["a form that is nearly a boundary, 16 MiB"] = form(
    "/api/datasets/upload/",
    multipartBody([
      { name: "project", content: String(project) },
      { name: "file", filename: "a.csv", content: "\r\n--attac".repeat(1_800_000) },
    ]),
  );
  requests["a form of 100,000 empty parts"] = form(
    "/api/datasets/upload/",
    Buffer.from("--attack\r\n\r\n\r\n".repeat(100_000)),
  );
  requests["a form of one endless header"] = form(
    "/api/datasets/upload/",
    Buffer.from(`--attack\r\nContent-Disposition: form-data; ${"a=b; ".repeat(1_000_000)}`),
  );
  requests["16 MiB of zeros as a project file"] = form(
    "/api/projects/import_project/",
    multipartBody([{ name: "file", filename: "a.tar", content: "\0".repeat(16 * MIB) }]),
  );

  requests["the description of the interface"] = get("/api/openapi.json", { "accept-encoding": "br" });
  requests["all labels as JSON"] = get(`/api/annotations/export/?dataset_id=${dataset}&format=json`, {
    "accept-encoding": "br",
  });
  requests["all labels as CSV"] = get(`/api/annotations/export/?dataset_id=${dataset}&format=csv`, {
    "accept-encoding": "br",
  });
  requests["1,000 labels, compressed"] = get(`/api/annotations/?dataset_id=${dataset}&limit=1000`, {
    "accept-encoding": "br",
  });
  requests["1,000 changes of labels"] = get(`/api/annotations/history/?dataset_id=${dataset}&limit=1000`, {
    "accept-encoding": "br",
  });
  for (const format of ["json", "csv", "arrow"]) {
    requests[`a whole recording as ${format}`] = get(`/api/datasets/${dataset}/data/?format=${format}`, {
      "accept-encoding": "br",
    });
    requests[`as many points as can be had as ${format}`] = get(
      `/api/datasets/${dataset}/data/?format=${format}&max_points=20000`,
      { "accept-encoding": "br" },
    );
  }
  requests["the original file"] = get(`/api/datasets/${dataset}/download/`);
  requests["the series"] = get(`/api/datasets/${dataset}/series/`);
  requests["a whole project"] = get(`/api/projects/${project}/export/`);
  requests["1,000 models"] = get("/api/user-models/?limit=1000", { "accept-encoding": "br" });
  requests["1,000 trainings"] = get("/api/training-sessions/?limit=1000", { "accept-encoding": "br" });
  requests["a training"] = get(`/api/training-sessions/${session}/`);
  requests["1,000 predictions"] = get("/api/predictions/?limit=1000", { "accept-encoding": "br" });
  requests["1,000 entries of the audit"] = get("/api/audit/?limit=1000", { "accept-encoding": "br" });
  requests["all of the audit as CSV"] = get("/api/audit/export/?format=csv", { "accept-encoding": "br" });
  requests["all of the audit as JSON lines"] = get("/api/audit/export/?format=jsonl", {
    "accept-encoding": "br",
  });
  requests["a look through the audit's chain"] = get(
    `/api/audit/verify/?organization_id=${things.organization}`,
  );
  requests["everything of one's account"] = get("/api/me/export/", { "accept-encoding": "br" });

  const signIn = (email: string, password: string) =>
    send("/api/auth/sign-in/email", JSON.stringify({ email, password }));
  requests["a sign-in of nobody"] = signIn("nobody@example.com", "correct horse battery");
  requests["a sign-in with a wrong password"] = signIn("ada@example.com", "wrong horse battery");
  requests["a sign-in with 1 MiB of password"] = signIn("ada@example.com", "p".repeat(almostMib - 100));
  requests["a sign-in of 1 MiB of address"] = signIn(`${"a".repeat(almostMib - 200)}@example.com`, "p");
  requests["a reset for 1 MiB of dots"] = send(
    "/api/auth/request-password-reset",
    JSON.stringify({ email: `${".".repeat(almostMib - 200)}@example.com` }),
  );
  return requests;
}
