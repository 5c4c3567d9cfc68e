import { PasswordInput, type PasswordInputProps } from "@mantine/core";

const LEAST_PASSWORD = 12;
const MOST_PASSWORD = 128;

/** What is wrong with a new password, or null. Length is all that is asked for. */
export function passwordFault(password: string): string | null {
  if (password.length < LEAST_PASSWORD) return `Use at least ${LEAST_PASSWORD} characters.`;
  if (password.length > MOST_PASSWORD) return `Use at most ${MOST_PASSWORD} characters.`;
  return null;
}

export function NewPasswordInput(props: PasswordInputProps) {
  return (
    <PasswordInput
      label="New password"
      description={`At least ${LEAST_PASSWORD} characters; several words are easy to keep in mind`}
      autoComplete="new-password"
      required
      {...props}
    />
  );
}
