import { notifications } from "@mantine/notifications";

export function showDone(message: string): void {
  notifications.show({ message, color: "teal" });
}

/** `title` says what did not happen, `message` why and what to do. */
export function showFailure(title: string, message: string): void {
  notifications.show({ title, message, color: "red", autoClose: 12_000 });
}
