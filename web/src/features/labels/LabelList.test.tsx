/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Annotation } from "@magtrace/contracts";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { annotation, category } from "../../../test/samples.ts";
import { show } from "../../../test/show.tsx";
import { ApiError } from "../../api/apiError.ts";
import { categoryLooks } from "./categoryChoice.ts";
import { LabelList } from "./LabelList.tsx";
import type { Labels } from "./queries.ts";

const many = (count: number): Annotation[] =>
  Array.from({ length: count }, (_, i) =>
    annotation({ id: i + 1, start_index: i * 1000, end_index: i * 1000 + 99 }),
  );

function showList(fields: Partial<Labels>, pickedId: number | null = null, mayEdit = true) {
  const seen = { picked: [] as number[], loads: 0, retries: 0 };
  const labels: Labels = {
    annotations: [],
    total: 0,
    isPending: false,
    error: null,
    retry: () => {
      seen.retries += 1;
    },
    hasMore: false,
    loadMore: () => {
      seen.loads += 1;
    },
    ...fields,
  };
  show(
    <LabelList
      labels={labels}
      looks={categoryLooks([category()])}
      pickedId={pickedId}
      mayEdit={mayEdit}
      onPick={({ id }) => seen.picked.push(id)}
    />,
  );
  return seen;
}

test("each label shows its category and its rows, and can be picked", async () => {
  const { picked } = showList({ annotations: [annotation({ start_index: 1000, end_index: 2500 })] }, 101);
  const option = await screen.findByRole("option", { name: /fan.*1,000–2,500/ });
  assert.equal(option.getAttribute("aria-selected"), "true");
  fireEvent.click(option);
  assert.deepEqual(picked, [101]);
});

test("a label whose category is gone says so", async () => {
  showList({ annotations: [annotation({ category: 99 })] });
  await screen.findByRole("option", { name: /deleted category/ });
});

test("of five thousand labels only those in sight are in the page", async () => {
  showList({ annotations: many(5000), total: 5000 });
  const options = await screen.findAllByRole("option");
  assert.ok(options.length > 10 && options.length < 60, `${options.length} lines`);
  assert.equal(options[0]?.getAttribute("aria-setsize"), "5000");
  assert.equal(options[0]?.getAttribute("aria-posinset"), "1");
});

test("scrolling brings the labels that are there, and asks for more near the end", async () => {
  const seen = showList({ annotations: many(1000), total: 3000, hasMore: true });
  await screen.findAllByRole("option");
  assert.equal(seen.loads, 0, "nothing is asked for while the end is far");
  const list = screen.getByRole("listbox");
  act(() => {
    list.scrollTop = 27_600;
    fireEvent.scroll(list);
  });
  await screen.findByRole("option", { name: /999,000–/ });
  assert.ok(seen.loads > 0);
});

test("a label picked elsewhere is scrolled to", async () => {
  showList({ annotations: many(1000) }, 700);
  await waitFor(() => assert.ok(screen.queryByRole("option", { selected: true }) !== null));
});

test("without labels the list says how to make one, to those who may", async () => {
  showList({});
  await screen.findByText(/^Switch the pointer to Select/);
});

test("without labels others read that there are none", async () => {
  showList({}, null, false);
  await screen.findByText("Nobody has labelled this recording yet.");
});

test("labels that could not be loaded can be asked for again; those that are there stay", async () => {
  const error = new ApiError("The database is away.", { status: 500, code: "internal" });
  const seen = showList({ error });
  fireEvent.click(await screen.findByRole("button", { name: "Try again" }));
  assert.equal(seen.retries, 1);
  showList({ error, annotations: many(2) });
  await screen.findByRole("option", { name: /1,000–1,099/ });
});

test("while they are on their way the list says so, and not that there are none", async () => {
  showList({ isPending: true });
  await screen.findByText("Loading the labels…");
  assert.ok(screen.queryByText("No labels yet") === null);
});
