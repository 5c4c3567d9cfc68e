import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { userChoicesQuery } from "./queries.ts";

interface UserSelectProps {
  label: string;
  description?: string;
  placeholder: string;
  user: number | null;
  onUser: (user: number | null) => void;
}

/** Chooses one of everybody who has an account. */
export function UserSelect({ label, description, placeholder, user, onUser }: UserSelectProps) {
  const users = useQuery(userChoicesQuery).data?.rows ?? [];
  return (
    <Select
      label={label}
      {...(description === undefined ? {} : { description })}
      placeholder={placeholder}
      searchable
      clearable
      limit={50}
      nothingFoundMessage="Nobody of that name"
      data={users.map(({ id, name, email }) => ({ value: String(id), label: `${name} (${email})` }))}
      value={user === null ? null : String(user)}
      onChange={(value) => onUser(value === null ? null : Number(value))}
    />
  );
}
