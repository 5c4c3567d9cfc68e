import { Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery } from "../../app/session.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { MailSent } from "./MailSent.tsx";
import { NewAccountForm } from "./NewAccountForm.tsx";
import { signInOptionsQuery, useRegister } from "./queries.ts";
import { useEnter } from "./useEnter.ts";

/** An account of one's own making, where the installation lets anybody make one. */
export function RegisterPage() {
  const options = useQuery(signInOptionsQuery);
  return (
    <FrontPage>
      {options.isPending ? (
        <LoadingBlock what="the page" />
      ) : options.isError ? (
        <ErrorNotice
          title="MagTrace could not be asked"
          error={options.error}
          onRetry={() => void options.refetch()}
        />
      ) : options.data.registration ? (
        <Registration />
      ) : (
        <Stack>
          <Title order={1}>By invitation</Title>
          <Text size="sm">
            Accounts are made by invitation here. Ask an administrator of your organisation for one.
          </Text>
          <LinkButton to="/sign-in">Sign in</LinkButton>
        </Stack>
      )}
    </FrontPage>
  );
}

function Registration() {
  const client = useQueryClient();
  const enter = useEnter();
  const register = useRegister();
  const [mailedTo, setMailedTo] = useState<string | null>(null);

  if (mailedTo !== null) {
    return (
      <MailSent address={mailedTo}>
        If this address has no account yet, a link to confirm it is on its way. Open it to finish.
      </MailSent>
    );
  }
  return (
    <Stack>
      <Title order={1}>Make an account</Title>
      <NewAccountForm
        email={null}
        submitLabel="Make the account"
        failureTitle="The account was not made"
        isPending={register.isPending}
        error={register.error}
        onSubmit={(account) =>
          register.mutate(account, {
            onSuccess: async () => {
              // Whether one is signed in at once or has to confirm the address first is the server's to say.
              const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
              if (me === null) setMailedTo(account.email);
              else enter();
            },
          })
        }
      />
      <LinkButton variant="subtle" to="/sign-in">
        I have an account
      </LinkButton>
    </Stack>
  );
}
