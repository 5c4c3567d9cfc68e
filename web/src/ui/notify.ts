import { notifications } from "@mantine/notifications";

/** A notice with a `topic` takes the place of the last one with it, so that ten undos are not ten notices. */
export function showDone(message: string, topic?: string): void {
  if (topic === undefined) {
    notifications.show({ message, color: "teal" });
    return;
  }
  notifications.hide(topic);
  notifications.show({ id: topic, message, color: "teal" });
}

/** `title` says what did not happen, `message` why and what to do. */
export function showFailure(title: string, message: string): void {
  notifications.show({ title, message, color: "red", autoClose: 12_000 });
}
