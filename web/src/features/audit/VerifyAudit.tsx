import type { AuditVerdict } from "@magtrace/contracts";
import { Alert, Button, Code, List, Text } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { countOf, formatCount } from "../../ui/formatNumber.ts";
import { useVerifyAudit } from "./queries.ts";
import classes from "./VerifyAudit.module.css";

/** Has the server check each seal anew, from the first entry on. */
export function VerifyAudit({ organizationId }: { organizationId: number }) {
  const verify = useVerifyAudit(organizationId);
  return (
    <>
      <Button size="compact-sm" variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        Verify
      </Button>
      {verify.isError ? <ErrorNotice title="The audit could not be verified" error={verify.error} /> : null}
      {verify.data === undefined ? null : <Verdict verdict={verify.data} />}
    </>
  );
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  if (verdict.intact) {
    return (
      <Alert
        w="100%"
        color="teal"
        role="status"
        title={`Intact: nothing is altered, missing or out of order in ${countOf(verdict.entries, "entry", "entries")}`}
      >
        {verdict.head === null ? null : (
          <Text size="sm">
            Keep this value elsewhere. With it, <Code>magtrace audit verify --expect</Code> proves later that
            the audit was not replaced:{" "}
            <Code className={classes.seal}>
              {verdict.entries}:{verdict.head}
            </Code>
          </Text>
        )}
      </Alert>
    );
  }
  return (
    <Alert w="100%" color="red" role="alert" title="Not intact: somebody has changed the audit">
      <List size="sm">
        {verdict.faults.map(({ position, fault }) => (
          <List.Item key={`${position} ${fault}`}>
            Entry {formatCount(position)}: {fault}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
