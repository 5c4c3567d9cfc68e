import { Alert, Divider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { FrontPage } from "../../ui/FrontPage.tsx";
import { PageHeading } from "../../ui/PageHeading.tsx";
import { PasswordStep } from "./PasswordStep.tsx";
import { signInOptionsQuery } from "./queries.ts";
import { SecondStep } from "./SecondStep.tsx";
import { SingleSignOnButton } from "./SingleSignOnButton.tsx";
import { useEnter } from "./useEnter.ts";

export function SignInPage() {
  const { next, failed, second } = useSearch({ from: "/sign-in" });
  const enter = useEnter();
  const navigate = useNavigate();
  const [step, setStep] = useState<"password" | "second">(second ? "second" : "password");
  const options = useQuery(signInOptionsQuery).data;
  const provider = options?.single_sign_on ?? null;

  function startAgain() {
    setStep("password");
    // The way back from single sign-on leads here with the second step in the address.
    void navigate({ to: "/sign-in", search: { next }, replace: true });
  }

  if (step === "second") {
    return (
      <FrontPage>
        <SecondStep onSignedIn={() => enter(next)} onStartAgain={startAgain} />
      </FrontPage>
    );
  }
  return (
    <FrontPage>
      <Stack>
        <PageHeading>Sign in</PageHeading>
        {failed ? (
          <Alert color="red" title="You are not signed in" role="alert">
            Signing in at your organisation’s provider did not work, or no account here belongs to it.
          </Alert>
        ) : null}
        {provider === null ? null : (
          <>
            <SingleSignOnButton name={provider.name} next={next} />
            <Divider label="or with a password" />
          </>
        )}
        <PasswordStep onSignedIn={() => enter(next)} onSecondStep={() => setStep("second")} />
        {options === undefined ? null : (
          <Stack gap={4}>
            {options.mail ? (
              <Link to="/forgot-password" className="quiet-link">
                <Text size="sm">Forgotten your password?</Text>
              </Link>
            ) : (
              <Text size="xs" c="dimmed">
                Forgotten your password? An administrator of this installation can set a new one.
              </Text>
            )}
            {options.registration ? (
              <Link to="/register" className="quiet-link">
                <Text size="sm">Make an account</Text>
              </Link>
            ) : (
              <Text size="xs" c="dimmed">
                No account? Ask an administrator of your organisation to invite you.
              </Text>
            )}
          </Stack>
        )}
      </Stack>
    </FrontPage>
  );
}
