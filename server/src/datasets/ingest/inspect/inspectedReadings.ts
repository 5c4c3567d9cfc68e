import type { InspectedReadings } from "@magtrace/contracts";
import { mainField } from "@magtrace/geomag";
import type { IngestAccepted } from "../types.ts";

const FIRST_YEAR = 2025;
const LAST_YEAR = 2030;
const YEAR_US = 365.25 * 86400e6;

/** What a head's rows say: when, how often, how strong, and how strong the Earth's field is there. */
export function inspectedReadings(outcome: IngestAccepted): Omit<InspectedReadings, "estimated_rows"> {
  const { time, quality, rows, tracks } = outcome;
  const place = placeOf(outcome);
  return {
    rows,
    time_kind: time.kind,
    start: time.start,
    end: time.end,
    duration_seconds: (time.end_us - time.start_us) / 1e6,
    sampling_rate_hz: quality.sampling_rate_hz,
    tracks: tracks.length,
    median_field_nt: quality.median_field_nt,
    main_field_nt: place && mainFieldNt(place, outcome),
    place: place && { lat: place.lat, lon: place.lon },
    missing: quality.missing.map(({ channel, count }) => ({ channel, count })),
  };
}

interface Position {
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
}

function placeOf({ statistics }: IngestAccepted): Position | null {
  const mean = (name: string): number | null => {
    const found = statistics.find((channel) => channel.name === name);
    return found === undefined || found.count === 0 ? null : found.mean;
  };
  const [lat, lon] = [mean("lat"), mean("lon")];
  if (lat === null || lon === null || Math.abs(lat) > 90) return null;
  return { lat, lon, altitudeM: mean("altitude") ?? 0 };
}

/** By the nearest year of the model: the field changes by less than 1 % in ten. */
function mainFieldNt({ lat, lon, altitudeM }: Position, { time }: IngestAccepted): number {
  const year = time.kind === "absolute" ? 1970 + time.start_us / YEAR_US : FIRST_YEAR;
  const field = mainField({
    latDeg: lat,
    lonDeg: lon,
    altitudeM,
    year: Math.min(Math.max(year, FIRST_YEAR), LAST_YEAR),
  });
  return Math.round(Math.hypot(...field));
}
