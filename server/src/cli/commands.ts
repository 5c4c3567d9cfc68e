import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ command: Command }>;
}

/** Every command. A command's file is read only when it is run. */
export const commands: Readonly<Record<string, Entry>> = {
  up: { summary: "Run everything on this machine until stopped.", load: () => import("./up.ts") },
  api: { summary: "Run one api process.", load: () => import("./api.ts") },
  worker: { summary: "Run one worker process.", load: () => import("./worker.ts") },
  migrate: { summary: "Bring the database forward to this version.", load: () => import("./migrate.ts") },
  doctor: { summary: "Check that everything configured works.", load: () => import("./doctor.ts") },
  "user create": { summary: "Make an account.", load: () => import("./userCreate.ts") },
  "user disable": {
    summary: "Lock an account and end its sessions.",
    load: () => import("./userDisable.ts"),
  },
  "user reset-two-factor": {
    summary: "Take the second factor off an account that has lost it.",
    load: () => import("./userResetTwoFactor.ts"),
  },
  "user set-password": {
    summary: "Give an account a new password.",
    load: () => import("./userSetPassword.ts"),
  },
  nginx: { summary: "Print the configuration of nginx in front.", load: () => import("./nginx.ts") },
  demo: { summary: "Show the whole loop on simulated surveys.", load: () => import("./demo.ts") },
  "audit verify": {
    summary: "Check that nobody has tampered with the audit.",
    load: () => import("./auditVerify.ts"),
  },
  "backup create": { summary: "Back everything up while it runs.", load: () => import("./backupCreate.ts") },
  "backup list": { summary: "List backups, good and failed.", load: () => import("./backupList.ts") },
  "backup verify": {
    summary: "Restore a backup into a scratch database and compare.",
    load: () => import("./backupVerify.ts"),
  },
  "backup restore": {
    summary: "Restore a backup into an empty installation.",
    load: () => import("./backupRestore.ts"),
  },
  "backup prune": {
    summary: "Delete backups that are no longer to be kept.",
    load: () => import("./backupPrune.ts"),
  },
  "retention preview": {
    summary: "Show what would go by the organisations' policies.",
    load: () => import("./retentionPreview.ts"),
  },
  "retention run": {
    summary: "Apply the organisations' policies now.",
    load: () => import("./retentionRun.ts"),
  },
  fsck: { summary: "Check every stored object and what refers to it.", load: () => import("./fsck.ts") },
  "keys list": { summary: "List the master keys and what needs them.", load: () => import("./keysList.ts") },
  "keys new": { summary: "Print a new master key.", load: () => import("./keysNew.ts") },
  "keys rotate": {
    summary: "Wrap the keys of all objects with another master key.",
    load: () => import("./keysRotate.ts"),
  },
  purge: {
    summary: "Remove projects whose time to be restored is over.",
    load: () => import("./purge.ts"),
  },
  sweep: { summary: "Remove objects that nothing refers to.", load: () => import("./sweep.ts") },
  infected: {
    summary: "List files the virus scanner refused; write out the sample of one.",
    load: () => import("./infected.ts"),
  },
  retry: {
    summary: "Read or import again what failed through no fault of its file.",
    load: () => import("./retry.ts"),
  },
  "storage check": {
    summary: "Check how the bucket that objects lie in is set up.",
    load: () => import("./storageCheck.ts"),
  },
  "storage harden": {
    summary: "Set up the bucket: versions, lifecycle, private access, logging.",
    load: () => import("./storageHarden.ts"),
  },
  "storage move": {
    summary: "Move all objects to another place while everything runs.",
    load: () => import("./storageMove.ts"),
  },
  "import-legacy": {
    summary: "Bring everything of an old MagTrace into an organisation.",
    load: () => import("./importLegacy.ts"),
  },
  "token create": { summary: "Make an API token for an account.", load: () => import("./tokenCreate.ts") },
};
