import { Button } from "@mantine/core";
import { ShownOnce } from "../../ui/ShownOnce.tsx";
import { saveText } from "../../ui/saveText.ts";

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const text = codes.join("\n");
  return (
    <ShownOnce
      title="Keep these recovery codes now: they are not shown again"
      hint="Each signs you in once when you do not have your phone. Keep them where nobody else looks, but not on the phone."
      value={text}
    >
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => saveText("magtrace-recovery-codes.txt", `${text}\n`)}
      >
        Save as a file
      </Button>
    </ShownOnce>
  );
}
