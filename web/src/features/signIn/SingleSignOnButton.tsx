import { Button, Stack } from "@mantine/core";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { useSingleSignOn } from "./queries.ts";
import { safeNext } from "./safeNext.ts";

interface SingleSignOnButtonProps {
  /** What the provider is called. */
  name: string;
  next: string | undefined;
}

export function SingleSignOnButton({ name, next }: SingleSignOnButtonProps) {
  const signIn = useSingleSignOn();
  return (
    <Stack>
      <Button
        variant="default"
        loading={signIn.isPending || signIn.isSuccess}
        onClick={() => signIn.mutate(safeNext(next), { onSuccess: ({ url }) => window.location.assign(url) })}
      >
        Sign in with {name}
      </Button>
      {signIn.isError ? <ErrorNotice title="You are not signed in" error={signIn.error} /> : null}
    </Stack>
  );
}
