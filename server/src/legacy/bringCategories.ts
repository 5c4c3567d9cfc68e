import type { Category } from "@magtrace/contracts";
import { createCategoryIn } from "../labels/categories/categories.ts";
import { nextColour } from "../labels/categories/categoryColours.ts";
import { projectCategories } from "../labels/categories/categoryQueries.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import type { BroughtProject } from "./bringProjects.ts";
import type { Cells } from "./cells.ts";
import { freeName } from "./freeName.ts";
import { parentsFirst } from "./parentsFirst.ts";
import { tables } from "./tables.ts";

const MOST_ORDER = 100_000;

/** Ids of the project's categories by those they had, parents before those below them. */
export async function bringCategories(
  bringing: Bringing,
  project: BroughtProject,
): Promise<Map<number, number>> {
  const { report, ledger } = bringing;
  const brought = new Map<number, number>();
  if (project.legacyId === null) return brought;
  const all = [...rowsOf(bringing, tables.category, "project_id = ?", [project.legacyId])].map(
    ({ cells }) => cells,
  );
  const siblings = await siblingsOf(bringing, project);
  const names = siblings.map(({ name }) => name);
  const colours = siblings.map(({ color }) => color);
  for (const cells of parentsFirst(all, parentOf)) {
    // Nothing says when a category was made; its project's time does as well.
    const key = `${cells.id}@${project.key}`;
    const [known] = ledger.find("category", key) ?? [];
    if (known !== undefined) {
      report.known(cells.table);
      brought.set(cells.id, known);
      continue;
    }
    const request = categoryOf(cells, { names, colours, brought });
    const id = await orRefused(bringing, cells, () =>
      ledger.make({ kind: "category", key }, project.id, async (tx) => {
        const made = await createCategoryIn(tx, bringing.actor, { ...request, project: project.id });
        return made.id;
      }),
    );
    if (id === undefined) continue;
    names.push(request.name);
    colours.push(request.color);
    report.mapped(cells.table, cells.id, [id]);
    brought.set(cells.id, id);
  }
  return brought;
}

function parentOf(cells: Cells): number | null {
  return cells.integer("parent_id");
}

async function siblingsOf({ deps, actor }: Bringing, { id }: BroughtProject): Promise<Category[]> {
  if (id < 0) return [];
  return inTransaction(deps.db, actor.database, (tx) => projectCategories(tx, id));
}

interface Siblings {
  readonly names: readonly string[];
  readonly colours: readonly string[];
  readonly brought: ReadonlyMap<number, number>;
}

function categoryOf(cells: Cells, { names, colours, brought }: Siblings) {
  return {
    name: nameOf(cells, names),
    description: cells.text("description", 20_000),
    color: colourOf(cells, colours),
    parent: parentHere(cells, brought),
    order: orderOf(cells),
    is_active: cells.flag("is_active", true),
  };
}

/** Names that differ in case alone are one here. */
function nameOf(cells: Cells, names: readonly string[]): string {
  const wanted = cells.text("name", 255).trim() || `Category ${cells.id}`;
  const name = freeName(wanted, names);
  if (name !== wanted) cells.changed(`name: "${name}", since there is a "${wanted}" already`);
  return name;
}

function colourOf(cells: Cells, colours: readonly string[]): string {
  const colour = cells.text("color", 40).trim().toLowerCase();
  if (/^#[0-9a-f]{6}$/.test(colour)) return colour;
  const next = nextColour(colours);
  cells.changed(`color: ${next}, since "${colour}" is none`);
  return next;
}

function parentHere(cells: Cells, brought: ReadonlyMap<number, number>): number | null {
  const parent = parentOf(cells);
  if (parent === null) return null;
  const id = brought.get(parent);
  if (id === undefined)
    cells.changed(`parent: none, since category ${parent} is not above it in this project`);
  return id ?? null;
}

function orderOf(cells: Cells): number {
  const order = cells.integer("order") ?? 0;
  const fitting = Math.min(Math.max(order, 0), MOST_ORDER);
  if (fitting !== order) cells.changed(`order: ${fitting} instead of ${order}`);
  return fitting;
}
