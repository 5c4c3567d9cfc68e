import { formatCount, formatShare } from "../../ui/formatNumber.ts";
import classes from "./ConfusionTable.module.css";
import type { ConfusionMatrix } from "./readMetrics.ts";

/** Rows are what was labelled, columns what the model said; the darker, the larger a share of its row. */
export function ConfusionTable({ matrix }: { matrix: ConfusionMatrix }) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label="Confusion matrix">
        <thead>
          <tr>
            <th scope="col">labelled ↓ predicted →</th>
            {matrix.labels.map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.counts.map((row, truth) => {
            const total = row.reduce((sum, count) => sum + count, 0);
            const name = matrix.labels[truth] ?? "";
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {row.map((count, predicted) => {
                  const share = total === 0 ? 0 : count / total;
                  const hue = truth === predicted ? "43, 138, 62" : "201, 42, 42";
                  return (
                    <td
                      key={matrix.labels[predicted]}
                      title={`${name} taken for ${matrix.labels[predicted]}: ${formatShare(share)} of ${formatCount(total)}`}
                      style={count === 0 ? {} : { background: `rgba(${hue}, ${0.08 + 0.6 * share})` }}
                    >
                      {count === 0 ? "·" : formatCount(count)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
