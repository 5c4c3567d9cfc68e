import { Select } from "@mantine/core";

interface RoleSelectProps<Role extends string> {
  /** Whose role it is, for whoever listens to the page. */
  label: string;
  role: Role;
  /** Roles that may be given. */
  roles: readonly Role[];
  isPending: boolean;
  onRole: (role: Role) => void;
}

/** A role in a table, changed where it stands. */
export function RoleSelect<Role extends string>({
  label,
  role,
  roles,
  isPending,
  onRole,
}: RoleSelectProps<Role>) {
  return (
    <Select
      aria-label={label}
      size="xs"
      w={140}
      data={roles.map((value) => ({ value, label: value.replace("_", "-") }))}
      value={role}
      disabled={isPending}
      allowDeselect={false}
      onChange={(value) => {
        const chosen = roles.find((each) => each === value);
        if (chosen !== undefined && chosen !== role) onRole(chosen);
      }}
    />
  );
}
