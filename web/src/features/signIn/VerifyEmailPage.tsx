import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { LinkMissing } from "./LinkMissing.tsx";
import { useLinkToken } from "./linkToken.ts";
import { verifyEmailQuery } from "./queries.ts";

export function VerifyEmailPage() {
  const token = useLinkToken("/verify-email");
  return (
    <FrontPage>
      {token === null ? <LinkMissing title="Confirm your address" /> : <Verification token={token} />}
    </FrontPage>
  );
}

function Verification({ token }: { token: string }) {
  const verified = useQuery(verifyEmailQuery(token));
  if (verified.isPending) return <LoadingBlock what="the answer" />;
  return (
    <Stack>
      <PageHeading>Confirm your address</PageHeading>
      {verified.isError ? (
        <>
          <ErrorNotice title="The address is not confirmed" error={verified.error} />
          <Text size="sm" c="dimmed">
            Sign in to be sent a new link.
          </Text>
        </>
      ) : (
        <Text size="sm" role="status">
          Your address is confirmed.
        </Text>
      )}
      <LinkButton to="/projects">Go on</LinkButton>
    </Stack>
  );
}
