import type { InvitationPreview } from "@magtrace/contracts";
import { Button, Divider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery, useSignOut } from "../../app/session.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { formatMoment } from "../../ui/formatMoment.ts";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { showDone } from "../../ui/notify.ts";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { roleWords } from "../../ui/roleWords.ts";
import { LinkMissing } from "./LinkMissing.tsx";
import { useLinkToken } from "./linkToken.ts";
import { NewAccountForm } from "./NewAccountForm.tsx";
import { invitationPreviewQuery, useAcceptInvitation, useRegisterInvited } from "./queries.ts";
import { useEnter } from "./useEnter.ts";

export function InvitationPage() {
  const token = useLinkToken("/invitation");
  return (
    <FrontPage>
      {token === null ? <LinkMissing title="Invitation" /> : <Invitation token={token} />}
    </FrontPage>
  );
}

function Invitation({ token }: { token: string }) {
  const preview = useQuery(invitationPreviewQuery(token));
  const me = useQuery(meQuery);
  if (preview.isPending || me.isPending) return <LoadingBlock what="the invitation" />;
  if (preview.isError) {
    return (
      <Stack>
        <PageHeading>Invitation</PageHeading>
        <ErrorNotice title="This invitation cannot be used" error={preview.error} />
        <LinkButton variant="default" to="/sign-in">
          To the sign-in page
        </LinkButton>
      </Stack>
    );
  }
  const { organization, role, email, expires_at } = preview.data;
  return (
    <Stack>
      <PageHeading>{`Join ${organization}`}</PageHeading>
      <Text size="sm">
        {email} is invited as {roleWords(role)}. The invitation is good until {formatMoment(expires_at)}.
      </Text>
      {me.data ? (
        <Acceptance token={token} address={me.data.email} preview={preview.data} />
      ) : (
        <Registration token={token} email={email} />
      )}
    </Stack>
  );
}

interface AcceptanceProps {
  token: string;
  /** Of whoever is signed in. */
  address: string;
  preview: InvitationPreview;
}

function Acceptance({ token, address, preview }: AcceptanceProps) {
  const accept = useAcceptInvitation();
  const signOut = useSignOut();
  const navigate = useNavigate();
  if (address.toLowerCase() !== preview.email.toLowerCase()) {
    return (
      <>
        <Text size="sm">You are signed in as {address}. The invitation is for another address.</Text>
        <Button variant="default" onClick={() => void signOut()}>
          Sign out to use the invitation
        </Button>
      </>
    );
  }
  return (
    <>
      {accept.isError ? <ErrorNotice title="You have not joined" error={accept.error} /> : null}
      <Button
        loading={accept.isPending}
        onClick={() =>
          accept.mutate(
            { token },
            {
              onSuccess: () => {
                showDone(`You are in ${preview.organization} now.`);
                void navigate({ to: "/projects" });
              },
            },
          )
        }
      >
        Accept as {address}
      </Button>
    </>
  );
}

function Registration({ token, email }: { token: string; email: string }) {
  const register = useRegisterInvited();
  const enter = useEnter();
  return (
    <>
      <NewAccountForm
        email={email}
        submitLabel="Make an account and join"
        failureTitle="You have not joined"
        isPending={register.isPending}
        error={register.error}
        onSubmit={({ name, password }) =>
          register.mutate({ token, name, password }, { onSuccess: () => enter() })
        }
      />
      <Divider label="or" />
      <LinkButton variant="default" to="/sign-in" search={{ next: "/app/invitation" }}>
        Sign in with the account I have
      </LinkButton>
    </>
  );
}
