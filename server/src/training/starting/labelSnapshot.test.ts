import assert from "node:assert/strict";
import { test } from "node:test";
import { categoriesOf, decodeLabels, encodeLabels } from "./labelSnapshot.ts";

const label = { id: 7, category: "Motor", category_id: 2, start_index: 3, end_index: 9, confidence: 1 };

test("frozen labels come back as they were", () => {
  const datasets = [
    { dataset: 1, labels: [label, { ...label, id: 8, category: "Ä \u0000" }] },
    { dataset: 2, labels: [] },
  ];
  const { bytes, sha256, count } = encodeLabels(datasets);
  assert.equal(count, 2);
  assert.deepEqual(decodeLabels(bytes, sha256), datasets);
});

test("the order in which fields came makes no difference to the hash", () => {
  const turned = { confidence: 1, end_index: 9, start_index: 3, category_id: 2, category: "Motor", id: 7 };
  assert.equal(
    encodeLabels([{ dataset: 1, labels: [label] }]).sha256,
    encodeLabels([{ labels: [turned], dataset: 1 }]).sha256,
  );
});

test("labels of another session or version are not taken", () => {
  const { bytes, sha256 } = encodeLabels([{ dataset: 1, labels: [label] }]);
  const other = encodeLabels([{ dataset: 2, labels: [label] }]);
  assert.throws(() => decodeLabels(bytes, other.sha256), TypeError);
  assert.throws(() => decodeLabels(bytes.subarray(1), sha256), TypeError);
});

test("categories are known by the name they had", () => {
  assert.deepEqual(
    categoriesOf([{ dataset: 1, labels: [label, { ...label, category: "Fan", category_id: 5 }] }]),
    {
      Motor: 2,
      Fan: 5,
    },
  );
});
