import type { Annotation, Category, UpdateAnnotation } from "@magtrace/contracts";
import { useEffect, useRef, useState } from "react";
import { ApiError, errorSentence } from "../../api/apiError.ts";
import { countOf } from "../../ui/formatNumber.ts";
import { showDone, showFailure } from "../../ui/notify.ts";
import { useLabelActions, useLabels } from "../labels/queries.ts";
import type { RowRange } from "../timeline/viewport.ts";

const failed = (what: string) => (error: unknown) => showFailure(what, errorSentence(error));

/** What is selected and which label is picked in one dataset, and what can be done with them. */
export function useLabelling(datasetId: number, mayEdit: boolean) {
  const [selection, setSelection] = useState<RowRange | null>(null);
  const [pickedId, setPickedId] = useState<number | null>(null);
  const labels = useLabels(datasetId);
  const actions = useLabelActions(datasetId);
  const picked = labels.annotations.find((annotation) => annotation.id === pickedId) ?? null;
  /** The selection that is becoming a label: a key that is held must not make it another one. */
  const saving = useRef<RowRange | null>(null);

  // A label that was deleted, here or by somebody else, is no longer picked.
  useEffect(() => {
    if (pickedId !== null && !labels.isPending && picked === null) setPickedId(null);
  }, [pickedId, picked, labels.isPending]);

  function change(fields: UpdateAnnotation & { id: number }) {
    actions.update.mutate(fields, { onError: failed("The label was not changed") });
  }

  async function label(range: RowRange, category: Category) {
    if (saving.current === range) return;
    saving.current = range;
    try {
      const created = await actions.create.mutateAsync({
        dataset: datasetId,
        category: category.id,
        start_index: range.start,
        end_index: range.end,
      });
      // What has been selected in the meantime is something else.
      setSelection((now) => (now === range ? null : now));
      setPickedId(created.id);
    } catch (error) {
      failed("The label was not made")(error);
    } finally {
      if (saving.current === range) saving.current = null;
    }
  }

  /** Labels the selection, or gives the picked label this category. */
  function choose(category: Category) {
    if (!mayEdit) return;
    if (selection !== null) void label(selection, category);
    else if (picked !== null && picked.category !== category.id) {
      change({ id: picked.id, category: category.id });
    }
  }

  function remove(annotation: Annotation) {
    actions.remove.mutate(annotation.id, {
      onSuccess: () => setPickedId(null),
      onError: failed("The label was not deleted"),
    });
  }

  function takeBack(direction: "undo" | "redo") {
    actions[direction].mutate(undefined, {
      onSuccess: ({ undone }) =>
        showDone(`${direction === "undo" ? "Undone" : "Redone"}: ${countOf(undone, "change")}.`, "undo"),
      onError: (error) => {
        if (error instanceof ApiError && error.status === 409) showDone(error.message, "undo");
        else failed(direction === "undo" ? "Nothing was undone" : "Nothing was redone")(error);
      },
    });
  }

  return {
    labels,
    actions,
    selection,
    setSelection,
    picked,
    pickedId,
    setPickedId,
    change,
    choose,
    remove,
    takeBack,
  };
}
