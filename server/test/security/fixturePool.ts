import type { ApiCaller } from "../support/testInstallation.ts";
import type { Operation } from "./openApiDocument.ts";

/** The lists whose rows' ids requests may name. */
const LISTS = [
  "organizations",
  "projects",
  "datasets",
  "datasets/uploads",
  "label-categories",
  "reading-profiles",
  "annotations",
  "user-models",
  "training-sessions",
  "predictions",
  "suggestions",
  "tokens",
] as const;
export type Kind = (typeof LISTS)[number] | "history" | "users";

/** Which list the number under a name is of. */
const BY_NAME: Record<string, Kind> = {
  organization: "organizations",
  organization_id: "organizations",
  owner: "users",
  user: "users",
  user_id: "users",
  project: "projects",
  project_id: "projects",
  dataset: "datasets",
  dataset_id: "datasets",
  additional_dataset_ids: "datasets",
  category: "label-categories",
  category_id: "label-categories",
  parent: "label-categories",
  to: "label-categories",
  annotation: "annotations",
  annotation_id: "annotations",
  model: "user-models",
  model_id: "user-models",
  training_session: "training-sessions",
  continue_from_session: "training-sessions",
};

export function kindOfName(name: string): Kind | undefined {
  return BY_NAME[name];
}

/** Which list a number in an operation's path is of. */
export function kindInPath({ path }: Pick<Operation, "path">, name: string): Kind | undefined {
  if (name !== "id") return BY_NAME[name];
  if (path.includes("/history/")) return "history";
  if (path.startsWith("/api/datasets/uploads/")) return "datasets/uploads";
  const segment = path.split("/")[2];
  if (segment === "labels") return "annotations";
  if (segment === "users") return "users";
  return LISTS.find((kind) => kind === segment);
}

/** Whether nobody could go on with what an operation's path names: then it must not be what others need. */
export function endsWhatItNames({ method, path }: Pick<Operation, "method" | "path">, name: string): boolean {
  if (method === "GET") return false;
  if (method === "DELETE") return name === "user" || !path.includes("{user}");
  // An organisation that requires two-factor sign-in locks out whoever has none; in one that is held nothing is deleted.
  return (
    name === "user" ||
    /\/transfer\/$|\/retention\/holds\/$|^\/api\/users\/|^\/api\/organizations\/\{id\}\/$/.test(path)
  );
}

/** Ids that exist, so that generated requests reach what lies behind the first look-up. */
export class FixturePool {
  readonly #caller: ApiCaller;
  readonly #kept = new Map<Kind, ReadonlySet<number>>();
  readonly #known = new Map<Kind, readonly number[]>();

  /** @param bystanders Users to whom anything may be done. */
  constructor(caller: ApiCaller, bystanders: readonly number[]) {
    this.#caller = caller;
    this.#known.set("users", bystanders);
  }

  /** What exists now is never given to a request that ends it. */
  async keep(): Promise<void> {
    await this.refresh();
    for (const kind of LISTS) this.#kept.set(kind, new Set(this.#known.get(kind)));
  }

  async refresh(): Promise<void> {
    for (const kind of LISTS) this.#known.set(kind, await this.#idsAt(`/api/${kind}/?limit=60`));
    const [dataset] = this.#kept.get("datasets") ?? this.#known.get("datasets") ?? [];
    this.#known.set("history", await this.#idsAt(`/api/annotations/history/?dataset_id=${dataset}`));
  }

  async #idsAt(path: string): Promise<number[]> {
    const { status, body } = await this.#caller.call<{ id: number }[]>("GET", path);
    if (status !== 200) throw new Error(`the fixtures cannot be listed: ${path} answered ${status}`);
    return body.map(({ id }) => id);
  }

  /** The id that a number stands for; none that must stay where the request `ends` it. */
  pick(kind: Kind, number: number, ends: boolean): number {
    const known = [...(this.#known.get(kind) ?? []), ...(this.#kept.get(kind) ?? [])];
    const ids = ends ? known.filter((id) => !this.#kept.get(kind)?.has(id)) : known;
    return ids[number % ids.length] ?? 900_000_000 + number;
  }
}
