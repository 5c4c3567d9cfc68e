import type pg from "pg";
import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import type { DiskSpace, DiskState } from "../disk/diskSpace.ts";

export interface ProcessMetricsOptions {
  readonly version: string;
  /** api or worker. */
  readonly process: string;
  readonly pools: Readonly<Record<string, pg.Pool>>;
  readonly disk: DiskSpace;
}

/** What is true of this process at the moment of being asked: memory, event loop, connections, its disk. */
export function processMetrics(registry: Registry, options: ProcessMetricsOptions): void {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: "magtrace_build_info",
    help: "1, with the version and the kind of this process.",
    labelNames: ["version", "process"] as const,
    registers,
  }).set({ version: options.version, process: options.process }, 1);
  poolMetrics(registry, options.pools);
  diskMetrics(registry, options.disk);
}

function poolMetrics(registry: Registry, pools: ProcessMetricsOptions["pools"]): void {
  const gauge = (name: string, help: string, read: (pool: pg.Pool) => number) =>
    new Gauge({
      name: `magtrace_database_${name}`,
      help,
      labelNames: ["role"] as const,
      registers: [registry],
      collect() {
        for (const [role, pool] of Object.entries(pools)) this.set({ role }, read(pool));
      },
    });
  gauge("pool_size", "Most connections of this process, by role.", ({ options }) => options.max ?? 0);
  gauge("connections_open", "Connections of this process, by role.", (pool) => pool.totalCount);
  gauge("connections_idle", "Connections that nobody uses, by role.", (pool) => pool.idleCount);
  gauge("connections_waiting", "Work that waits for a connection, by role.", (pool) => pool.waitingCount);
}

/** Of the disk that is nearest to its reserve. */
function diskMetrics(registry: Registry, disk: DiskSpace): void {
  const gauge = (name: string, help: string, read: (state: DiskState) => number) =>
    new Gauge({
      name: `magtrace_disk_${name}`,
      help: `Of the disk that is nearest to its reserve. ${help}`,
      registers: [registry],
      async collect() {
        this.set(read(await disk.look()));
      },
    });
  gauge("free_bytes", "Free space on it.", ({ freeBytes }) => freeBytes);
  gauge("total_bytes", "Its size.", ({ totalBytes }) => totalBytes);
  gauge(
    "reserve_bytes",
    "Free space below which what fills it is refused.",
    ({ reserveBytes }) => reserveBytes,
  );
}
