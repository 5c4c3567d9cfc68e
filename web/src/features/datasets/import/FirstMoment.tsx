import { TextAnswer } from "./TextAnswer.tsx";
import { withTime } from "./timeAnswers.ts";
import type { InspectionInHand } from "./useInspection.ts";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** When the first row was taken, of a file that names no day. */
export function FirstMoment({ hand }: { hand: InspectionInHand }) {
  return (
    <TextAnswer
      label="Time of the first row"
      description="where the file names no day"
      placeholder="2026-06-15T09:00:00Z"
      value={hand.mapping.time?.start ?? ""}
      problem={(text) =>
        text === "" || (MOMENT.test(text) && !Number.isNaN(Date.parse(text)))
          ? null
          : "Write it like 2026-06-15T09:00:00Z."
      }
      onAnswer={(start) =>
        hand.change((mapping) => withTime(mapping, { start: start === "" ? undefined : start }))
      }
    />
  );
}
