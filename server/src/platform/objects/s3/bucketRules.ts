import type { S3Calls } from "./s3Calls.ts";
import { failureOf, s3Code } from "./s3Failure.ts";

/** How one property of a bucket stands. */
export interface RuleState {
  readonly rule: string;
  /** `unknown`: this provider, or this access key, does not answer for it. */
  readonly state: "ok" | "missing" | "unknown";
  readonly words: string;
}

export interface BucketRule {
  readonly name: string;
  check(calls: S3Calls): Promise<Omit<RuleState, "rule">>;
  /** Absent where only people can decide, as about a second bucket for copies. */
  readonly apply?: (calls: S3Calls, options: HardenOptions) => Promise<void>;
}

export interface HardenOptions {
  /** How long an overwritten or deleted object can be brought back. */
  readonly keepDays: number;
  /** Bucket that access logs go to. */
  readonly logBucket?: string | undefined;
}

const ok = (words: string) => ({ state: "ok" as const, words });
const missing = (words: string) => ({ state: "missing" as const, words });
const UNFINISHED_DAYS = 2;
const ruleId = "magtrace-old-and-unfinished";
/** Grants to these are grants to everybody. */
const everybody = /\/(AllUsers|AuthenticatedUsers)$/;

/** What a bucket should be, in the order in which it is made so. */
export const bucketRules: readonly BucketRule[] = [
  {
    name: "versioning",
    async check({ client, sdk, bucket }) {
      const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }));
      return Status === "Enabled"
        ? ok("Deleted objects can be brought back.")
        : missing("Deleting is final.");
    },
    async apply({ client, sdk, bucket }) {
      const VersioningConfiguration = { Status: "Enabled" as const };
      await client.send(new sdk.PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    },
  },
  {
    name: "lifecycle",
    async check(calls) {
      const rules = (await lifecycleOf(calls)).filter(({ Status, Filter, Prefix }) => {
        const place = Filter?.Prefix ?? Prefix ?? "";
        return Status === "Enabled" && calls.prefix.startsWith(place);
      });
      const old = rules.find(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration !== undefined);
      const unfinished = rules.find((rule) => rule.AbortIncompleteMultipartUpload !== undefined);
      const lacking = [
        ...(old ? [] : ["old versions stay for ever"]),
        ...(unfinished ? [] : ["unfinished uploads stay for ever"]),
      ];
      if (lacking.length > 0) return missing(`${sentence(lacking.join(" and "))}.`);
      const days = old?.NoncurrentVersionExpiration?.NoncurrentDays;
      return ok(`Old versions go after ${days} days; unfinished uploads go, too.`);
    },
    async apply(calls, { keepDays }) {
      const { client, sdk, bucket, prefix } = calls;
      const others = (await lifecycleOf(calls)).filter(({ ID }) => ID !== ruleId);
      const ours = {
        ID: ruleId,
        Status: "Enabled" as const,
        Filter: { Prefix: prefix },
        NoncurrentVersionExpiration: { NoncurrentDays: keepDays },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: UNFINISHED_DAYS },
      };
      const LifecycleConfiguration = { Rules: [...others, ours] };
      await client.send(
        new sdk.PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }),
      );
    },
  },
  {
    name: "private access",
    async check({ client, sdk, bucket }) {
      const { Grants = [] } = await client.send(new sdk.GetBucketAclCommand({ Bucket: bucket }));
      const isPublic = Grants.some(({ Grantee }) => everybody.test(Grantee?.URI ?? ""));
      return isPublic
        ? missing("The bucket's list of grants lets everybody in.")
        : ok("Nobody is granted access from outside.");
    },
    async apply({ client, sdk, bucket }) {
      await client.send(new sdk.PutBucketAclCommand({ Bucket: bucket, ACL: "private" }));
    },
  },
  {
    name: "public policies blocked",
    async check({ client, sdk, bucket }) {
      const answer = await orNothing(client.send(new sdk.GetPublicAccessBlockCommand({ Bucket: bucket })));
      const block = answer?.PublicAccessBlockConfiguration;
      const isBlocked =
        block?.IgnorePublicAcls === true && block.BlockPublicPolicy && block.RestrictPublicBuckets;
      return isBlocked
        ? ok("No policy can open the bucket to everybody.")
        : missing("A policy could open the bucket to everybody.");
    },
    async apply({ client, sdk, bucket }) {
      // BlockPublicAcls stays off: Ceph then refuses every put. Grants to everybody are ignored all the same.
      const PublicAccessBlockConfiguration = {
        BlockPublicAcls: false,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      };
      await client.send(
        new sdk.PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }),
      );
    },
  },
  {
    name: "access logging",
    async check({ client, sdk, bucket }) {
      const { LoggingEnabled } = await client.send(new sdk.GetBucketLoggingCommand({ Bucket: bucket }));
      if (LoggingEnabled === undefined)
        return missing("Nobody records who reads what. Give --log-bucket to harden.");
      return ok(`Access is recorded in ${LoggingEnabled.TargetBucket}.`);
    },
    async apply({ client, sdk, bucket }, { logBucket }) {
      if (logBucket === undefined) throw new Error("--log-bucket was not given");
      const LoggingEnabled = { TargetBucket: logBucket, TargetPrefix: `${bucket}/` };
      await client.send(
        new sdk.PutBucketLoggingCommand({ Bucket: bucket, BucketLoggingStatus: { LoggingEnabled } }),
      );
    },
  },
  {
    name: "replication",
    async check({ client, sdk, bucket }) {
      const answer = await orNothing(client.send(new sdk.GetBucketReplicationCommand({ Bucket: bucket })));
      const rule = answer?.ReplicationConfiguration?.Rules?.find(({ Status }) => Status === "Enabled");
      if (rule !== undefined) return ok(`Copies go to ${rule.Destination?.Bucket}.`);
      return missing(
        "No copy is kept elsewhere. Set it up at the provider: it needs a second bucket and a role there.",
      );
    },
  },
];

/** What the provider, or the access key, lets nobody find out is `unknown`, with the store's own word for why. */
export async function checkRule(calls: S3Calls, rule: BucketRule): Promise<RuleState> {
  try {
    return { rule: rule.name, ...(await rule.check(calls)) };
  } catch (error) {
    if (failureOf(error) === "temporary") throw error;
    return {
      rule: rule.name,
      state: "unknown",
      words: `The store does not answer for it (${s3Code(error)}).`,
    };
  }
}

/** Bytes on their way for longer than any upload takes: of writers that were killed. Returns how many were ended. */
export async function endUnfinishedUploads(calls: S3Calls, nowMs: number): Promise<number> {
  const { client, sdk, bucket, prefix } = calls;
  const oldest = nowMs - UNFINISHED_DAYS * 86_400_000;
  let ended = 0;
  let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (markers !== undefined) {
    const page: Awaited<ReturnType<typeof listUploads>> = await listUploads(markers);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated.getTime() >= oldest) continue;
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      ended += 1;
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    markers = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
  return ended;

  function listUploads(after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined }) {
    return client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }));
  }
}

async function lifecycleOf({ client, sdk, bucket }: S3Calls) {
  const answer = await orNothing(
    client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket })),
  );
  return answer?.Rules ?? [];
}

/** S3 answers 404 for what was never set. */
async function orNothing<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (failureOf(error) === "missing") return undefined;
    throw error;
  }
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
