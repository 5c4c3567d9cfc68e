import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  backupPlace,
  Fault,
  flag,
  integer,
  objectPlaces,
  oneOf,
  perMinute,
  postgresUrl,
  redisUrl,
  secretText,
  serviceAddress,
  smtpUrl,
  text,
  timeOfDay,
  trustedProxies,
  webOrigin,
} from "./configVariable.ts";
import { AppError } from "./errors.ts";

/** Every variable MagTrace reads. Nothing else in the program looks at the environment. */
export const variables = {
  PORT: integer(8000, [0, 65535], "Port of the api. 0 takes any free one."),
  HOST: text("127.0.0.1", "Address the api listens on. Use 0.0.0.0 behind a proxy on another machine."),
  PUBLIC_URL: webOrigin("Address users type, when it differs from http://HOST:PORT (behind a proxy)."),
  TRUST_PROXY: trustedProxies(
    "Proxies whose X-Forwarded-For counts: addresses and ranges by commas, or how many stand in front. Empty: none.",
  ),
  DRAIN_SECONDS: integer(
    0,
    [0, 300],
    "How long an api that is asked to stop goes on as before, while /health/ says that it is stopping: long enough for a load balancer to send requests elsewhere. `magtrace up` has no use for it.",
  ),
  STOP_SECONDS: integer(
    10,
    [1, 3_600],
    "How long a process that is asked to stop, and has drained, may take to end what it has begun. `magtrace up` gives its own processes 10 s.",
  ),
  MAGTRACE_DATA_DIR: text(
    "./data",
    "Folder for the embedded database, the objects, the master key and logs.",
  ),
  MAGTRACE_ADMIN_EMAIL: text(
    "",
    "With MAGTRACE_ADMIN_PASSWORD: the first administrator, made at start if nobody exists.",
  ),
  MAGTRACE_ADMIN_PASSWORD: secretText("See MAGTRACE_ADMIN_EMAIL. At least 12 characters."),
  MAGTRACE_MASTER_KEY: secretText(
    "Master key as id:base64 of 32 bytes, several by commas, the first seals; empty: the file master.key.",
  ),
  MAGTRACE_MASTER_KEY_FILE: text(
    "",
    "The file with the master keys, best on another disk than the data; empty: master.key in the data folder.",
  ),
  KMS_KEY: text(
    "",
    "Key of an AWS KMS or of a service that speaks its protocol: new master keys are made by it, and it alone opens them; empty: none.",
  ),
  KMS_ENDPOINT: serviceAddress(
    "Address of the key service, as https://kms.example; empty: AWS, by KMS_REGION.",
  ),
  KMS_REGION: text("us-east-1", "Region of the key service."),
  KMS_ACCESS_KEY_ID: text(
    "",
    "Access key for the key service; empty, with no file either: what the machine gives, such as an instance's role.",
  ),
  KMS_ACCESS_KEY_ID_FILE: text("", "A file with the access key, instead of KMS_ACCESS_KEY_ID."),
  KMS_SECRET_ACCESS_KEY: secretText("Secret of that access key."),
  KMS_SECRET_ACCESS_KEY_FILE: text("", "A file with the secret, instead of KMS_SECRET_ACCESS_KEY."),
  MAGTRACE_OBJECTS: objectPlaces(
    "Where objects lie: folder (objects in the data folder), a folder's whole path, or s3://bucket/prefix; several by commas while they move.",
  ),
  DISK_RESERVE_MIB: integer(
    512,
    [0, 1_048_576],
    "Free space, MiB, below which uploads, trainings, exports and imports are refused; below a quarter of it all but reading, deleting and accounts. 0: none is kept.",
  ),
  DISK_RESERVE_PERCENT: integer(
    2,
    [0, 90],
    "The same in per cent of the disk. The lesser of the two counts.",
  ),
  DISK_BALLAST_MIB: integer(
    64,
    [0, 4096],
    "Size of a file that `magtrace up` keeps beside the embedded database, and gives up so that it can start on a full disk. 0: none.",
  ),
  S3_ENDPOINT: serviceAddress("Address of the S3 service, as https://s3.example; empty: AWS, by S3_REGION."),
  S3_REGION: text("us-east-1", "Region of the bucket."),
  S3_PATH_STYLE: flag(
    false,
    "Name the bucket in the path and not in the host: Ceph and MinIO mostly want it.",
  ),
  S3_ACCESS_KEY_ID: text(
    "",
    "Access key for the bucket; empty, with no file either: what the machine gives, such as an instance's role.",
  ),
  S3_ACCESS_KEY_ID_FILE: text("", "A file with the access key, instead of S3_ACCESS_KEY_ID."),
  S3_SECRET_ACCESS_KEY: secretText("Secret of the access key."),
  S3_SECRET_ACCESS_KEY_FILE: text("", "A file with the secret, instead of S3_SECRET_ACCESS_KEY."),
  BACKUP_TO: backupPlace(
    "Where backups go: a folder's whole path, on another disk, or s3://bucket/prefix; empty: nowhere.",
  ),
  BACKUP_RECIPIENTS: text("", "Public keys of age that backups are encrypted for, as age1…, by commas."),
  BACKUP_AT: timeOfDay("When `magtrace up` makes a backup each day, in UTC, as 02:30; empty: never."),
  BACKUP_S3_ENDPOINT: serviceAddress("Address of the S3 service for backups; empty: S3_ENDPOINT."),
  BACKUP_S3_REGION: text("", "Region of the bucket for backups; empty: S3_REGION."),
  BACKUP_S3_ACCESS_KEY_ID: text("", "Access key for the bucket of backups; empty: that of the objects."),
  BACKUP_S3_SECRET_ACCESS_KEY: secretText("Secret of BACKUP_S3_ACCESS_KEY_ID."),
  DATABASE_URL: postgresUrl(
    "PostgreSQL 15 or newer, as the role that owns the schema and may create roles; empty: embedded.",
  ),
  DATABASE_APP_URL: postgresUrl(
    "The same database as the role magtrace_app; empty: derived from DATABASE_URL.",
  ),
  DATABASE_ACCOUNTS_URL: postgresUrl(
    "The same database as the role magtrace_accounts; empty: derived from DATABASE_URL.",
  ),
  DATABASE_QUEUE_URL: postgresUrl(
    "The same database as the role magtrace_queue; empty: derived from DATABASE_URL.",
  ),
  DATABASE_DIRECT_URL: postgresUrl(
    "The database past any PgBouncer, as magtrace_queue, for LISTEN; empty: DATABASE_QUEUE_URL.",
  ),
  DATABASE_POOL_SIZE: integer(10, [1, 200], "Most connections of one process to the database, per role."),
  DATABASE_PREPARED_STATEMENTS: flag(
    false,
    "Keep the plans of queries on each connection: faster, but PgBouncer before 1.21 cannot. The embedded database always does.",
  ),
  MAGTRACE_WORKERS: integer(1, [0, 64], "Worker processes started by `magtrace up`."),
  WORKER_THREADS: integer(0, [0, 256], "Threads a worker computes with; 0: one per core."),
  WORKER_CONCURRENCY: integer(2, [1, 64], "Jobs of one kind a worker runs side by side."),
  UPLOAD_MAX_MIB: integer(10_240, [1, 1_048_576], "Largest upload, MiB."),
  UPLOAD_USER_MAX_MIB: integer(
    500,
    [1, 1_048_576],
    "Largest upload of users who are no administrators of the installation, MiB.",
  ),
  UPLOAD_GRANTED_MAX_MIB: integer(
    5_120,
    [1, 1_048_576],
    "The same in projects of organisations that let their collaborators upload large files, MiB.",
  ),
  UPLOAD_KEEP_HOURS: integer(
    48,
    [1, 720],
    "How long a resumable upload of which nothing more comes is kept, hours.",
  ),
  STORAGE_MAX_GIB: integer(
    0,
    [0, 1_048_576],
    "What the objects of one organisation may take together, GiB, unless an administrator set another limit for it. 0: no limit.",
  ),
  UPLOAD_MAX_DECOMPRESSED_MIB: integer(51_200, [1, 1_048_576], "Largest file after decompression, MiB."),
  UPLOAD_MAX_RATIO: integer(200, [2, 10_000], "Largest ratio of decompressed to compressed size."),
  UPLOAD_WAIT_SECONDS: integer(
    30,
    [0, 600],
    "How long an upload waits for its ingest before it answers 202.",
  ),
  SESSION_DAYS: integer(7, [1, 365], "Days a signed-in session lives without use."),
  SCRUB_PERCENT_PER_DAY: integer(
    3,
    [0, 100],
    "How much of all stored bytes is read and checked each night, going on where the last night ended. 0: none.",
  ),
  METRICS_PORT: integer(
    0,
    [0, 65_471],
    "Port where this process shows its metrics to Prometheus, at /metrics. Under `magtrace up` the api has it, and the workers those after it. 0: none.",
  ),
  METRICS_HOST: text(
    "127.0.0.1",
    "Address of METRICS_PORT. Who reaches it needs no credential: let only the machine that scrapes.",
  ),
  LOG_LEVEL: oneOf(
    ["fatal", "error", "warn", "info", "debug", "trace"],
    "info",
    "Least severe log line written.",
  ),
  RATE_LIMIT_SIGN_IN: perMinute(10, "signing in, and what else is done without or about a password"),
  RATE_LIMIT_READ: perMinute(3_000, "reading"),
  RATE_LIMIT_WRITE: perMinute(600, "changing anything"),
  RATE_LIMIT_UPLOAD: perMinute(60, "uploading datasets and importing projects"),
  RATE_LIMIT_TRAINING: perMinute(60, "starting trainings and predictions"),
  AUDIT_READ_WINDOW_SECONDS: integer(
    600,
    [0, 86_400],
    "In this time a repeated read makes one audit entry, and one more with the count of the others. 0: every read makes an entry.",
  ),
  AUDIT_KEEP_DAYS: integer(
    0,
    [0, 36_500],
    "How long the audit of what concerns no organisation is kept. Months go that every organisation's retention lets go, too. 0: for ever.",
  ),
  CLAMD_ADDRESS: text(
    "",
    "ClamAV's daemon, as host:port or the path of its socket: every upload is scanned before anything else, and none is taken without a verdict; empty: no scan.",
  ),
  CLAMD_STREAM_MAX_MIB: integer(
    25,
    [1, 4000],
    "What clamd takes in one stream: no more than its StreamMaxLength. Longer files are scanned in overlapping pieces.",
  ),
  CLAMD_TIMEOUT_SECONDS: integer(
    60,
    [1, 3600],
    "How long clamd may take to accept bytes or to give its verdict, before the file counts as not scanned.",
  ),
  INFECTED_FILES: oneOf(
    ["drop", "keep"],
    "drop",
    "What becomes of a file in which something was found. keep: sealed, for 30 days, for `magtrace infected`; nobody can open it as data.",
  ),
  REDIS_URL: redisUrl("Where several api processes count limits together; empty: each counts by itself."),
  OPEN_REGISTRATION: flag(false, "Whether anybody may make an account."),
  SMTP_URL: smtpUrl(
    "Server that workers hand mails to; the api needs to know it too. Empty: no mail, links are shown to whoever may pass them on.",
  ),
  MAIL_FROM: text("", "Sender of mails, as in MagTrace <magtrace@example.com>. Goes with SMTP_URL."),
  PASSWORD_BREACH_URL: text(
    "",
    "Range service for breached passwords, as https://api.pwnedpasswords.com/range/; empty: none is asked.",
  ),
  JWT_KEY_DAYS: integer(30, [1, 365], "Days after which short-lived tokens are signed with a new key."),
  OIDC_ISSUER: text(
    "",
    "OpenID Connect provider to sign in with, as it names itself; it sends people back to PUBLIC_URL/api/auth/callback/sso.",
  ),
  OIDC_CLIENT_ID: text("", "MagTrace's client id at the provider. Set it together with OIDC_ISSUER."),
  OIDC_CLIENT_SECRET: secretText(
    "MagTrace's client secret at the provider. Set it together with OIDC_ISSUER.",
  ),
  OIDC_NAME: text("Single sign-on", "What the provider is called on the sign-in page."),
  OIDC_REGISTRATION: flag(false, "Whether whoever signs in there for the first time gets an account."),
  OIDC_SECOND_FACTOR: oneOf(
    ["magtrace", "provider"],
    "magtrace",
    "Who asks an account with a second factor for it at single sign-on. provider: whoever gets in there gets in here.",
  ),
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;
type Values = { readonly [Name in keyof typeof variables]: ReturnType<(typeof variables)[Name]["read"]> };

export interface Config extends Values {
  readonly MAGTRACE_DATA_DIR: string;
  /** The version in package.json, recorded in the lineage of every session. */
  readonly version: string;
}

/** Reads the whole environment once; every fault is in the one error. Relative folders are taken from `cwd`. */
export function readConfig(environment: Environment = process.env, cwd = process.cwd()): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const given = environment[name];
    const used = given === undefined || given === "" ? variable.fallback : given;
    try {
      values[name] = variable.read(used);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(`${name} ${error.message}.`);
    }
  }
  const email = values.MAGTRACE_ADMIN_EMAIL;
  const password = values.MAGTRACE_ADMIN_PASSWORD;
  if ((email === "") !== (password === "")) {
    faults.push("MAGTRACE_ADMIN_EMAIL and MAGTRACE_ADMIN_PASSWORD must be given together.");
  }
  if (typeof password === "string" && password !== "" && password.length < 12) {
    faults.push("MAGTRACE_ADMIN_PASSWORD must have at least 12 characters.");
  }
  const provider = [values.OIDC_ISSUER, values.OIDC_CLIENT_ID, values.OIDC_CLIENT_SECRET];
  if (provider.includes("") && provider.some((value) => value !== "")) {
    faults.push("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be given together.");
  }
  if ((values.SMTP_URL === "") !== (values.MAIL_FROM === "")) {
    faults.push("SMTP_URL and MAIL_FROM must be given together.");
  }
  for (const service of ["S3", "KMS"]) {
    const isGiven = [`${service}_ACCESS_KEY_ID`, `${service}_SECRET_ACCESS_KEY`].map((name) => {
      const given = [values[name], values[`${name}_FILE`]].filter((value) => value !== "");
      if (given.length === 2) faults.push(`${name} and ${name}_FILE must not both be given.`);
      return given.length > 0;
    });
    if (isGiven[0] !== isGiven[1]) {
      faults.push(`${service}_ACCESS_KEY_ID and ${service}_SECRET_ACCESS_KEY must be given together.`);
    }
  }
  if ((values.BACKUP_S3_ACCESS_KEY_ID === "") !== (values.BACKUP_S3_SECRET_ACCESS_KEY === "")) {
    faults.push("BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY must be given together.");
  }
  if (faults.length > 0) {
    throw new AppError("invalid_config", `The configuration cannot be used: ${faults.join(" ")}`, {
      details: faults,
    });
  }
  const dataDir = resolve(cwd, String(values.MAGTRACE_DATA_DIR));
  return Object.freeze({
    ...(values as Values),
    MAGTRACE_DATA_DIR: dataDir,
    version: programVersion(),
  });
}

function programVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  if (!existsSync(file)) return "unknown";
  return String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version);
}
