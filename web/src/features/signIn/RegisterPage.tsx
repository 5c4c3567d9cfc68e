import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { LinkButton } from "../../ui/LinkButton.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { MailSent } from "./MailSent.tsx";
import { NewAccountForm } from "./NewAccountForm.tsx";
import { signInOptionsQuery, useRegister } from "./queries.ts";

/** An account of one's own making, where the installation lets anybody make one. */
export function RegisterPage() {
  const options = useQuery(signInOptionsQuery);
  return (
    <FrontPage>
      {options.isPending ? (
        <LoadingBlock what="the page" />
      ) : options.isError ? (
        <ErrorNotice
          title="MagTrace does not answer"
          error={options.error}
          onRetry={() => void options.refetch()}
        />
      ) : options.data.registration ? (
        <Registration confirmsAddress={options.data.mail} />
      ) : (
        <Stack>
          <PageHeading>By invitation</PageHeading>
          <Text size="sm">
            Accounts are made by invitation only. Ask an administrator of your organisation to invite you.
          </Text>
          <LinkButton to="/sign-in">Sign in</LinkButton>
        </Stack>
      )}
    </FrontPage>
  );
}

function Registration({ confirmsAddress }: { confirmsAddress: boolean }) {
  const register = useRegister();

  // The same words whether the address had an account already or not.
  if (register.isSuccess && confirmsAddress) {
    return (
      <MailSent address={register.variables.email}>
        We have sent you a mail. Open the link in it within a day.
      </MailSent>
    );
  }
  if (register.isSuccess) {
    return (
      <Stack role="status">
        <PageHeading>Now sign in</PageHeading>
        <Text size="sm">
          Sign in with the address and the password you chose. If the address had an account already, it was
          not changed.
        </Text>
        <LinkButton to="/sign-in">Sign in</LinkButton>
      </Stack>
    );
  }
  return (
    <Stack>
      <PageHeading>Make an account</PageHeading>
      <NewAccountForm
        email={null}
        submitLabel="Make the account"
        failureTitle="The account was not made"
        isPending={register.isPending}
        error={register.error}
        onSubmit={(account) => register.mutate(account)}
      />
      <LinkButton variant="subtle" to="/sign-in">
        I have an account
      </LinkButton>
    </Stack>
  );
}
