import { Badge } from "@mantine/core";

const LOOKS: Record<string, { color: string; text: string }> = {
  pending: { color: "gray", text: "waiting" },
  running: { color: "steel", text: "running" },
  completed: { color: "teal", text: "completed" },
  failed: { color: "red", text: "failed" },
  cancelled: { color: "orange", text: "stopped" },
  accepted: { color: "teal", text: "accepted" },
  rejected: { color: "red", text: "rejected" },
  modified: { color: "steel", text: "modified" },
};

interface StatusBadgeProps {
  status: string;
  /** Says it in other words, e.g. "to review" for a pending review. */
  words?: Record<string, string>;
}

export function StatusBadge({ status, words }: StatusBadgeProps) {
  const look = LOOKS[status] ?? { color: "gray", text: status };
  return (
    <Badge color={look.color} variant="light" size="sm" tt="none">
      {words?.[status] ?? look.text}
    </Badge>
  );
}
