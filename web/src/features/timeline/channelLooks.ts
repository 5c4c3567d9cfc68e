export interface ChannelLook {
  /** As people say it. */
  readonly title: string;
  readonly unit: string;
  /** Line colour on a light and on a dark background. */
  readonly light: string;
  readonly dark: string;
}

const KNOWN: Record<string, ChannelLook> = {
  b_x: { title: "b_x", unit: "nT", light: "#c2410c", dark: "#fb923c" },
  b_y: { title: "b_y", unit: "nT", light: "#15803d", dark: "#4ade80" },
  b_z: { title: "b_z", unit: "nT", light: "#1d4ed8", dark: "#7aa7ff" },
  b: { title: "|b|", unit: "nT", light: "#334155", dark: "#d5dce6" },
  lat: { title: "lat", unit: "°", light: "#7e22ce", dark: "#c084fc" },
  lon: { title: "lon", unit: "°", light: "#7e22ce", dark: "#c084fc" },
  altitude: { title: "altitude", unit: "m", light: "#0f766e", dark: "#5eead4" },
};

/** The channels a chart shows at first, as far as a dataset has them. */
export const FIELD_CHANNELS = ["b_x", "b_y", "b_z", "b"];

/** Channels of a further sensor, `b_x@2`, look like those of the first. */
export function channelLook(channel: string): ChannelLook {
  const [stem = "", sensor] = channel.split("@");
  const known = Object.hasOwn(KNOWN, stem) ? KNOWN[stem] : undefined;
  if (known === undefined) return { title: channel, unit: "", light: "#7e22ce", dark: "#c084fc" };
  return sensor === undefined ? known : { ...known, title: `${known.title}@${sensor}` };
}

export interface ChartColours {
  readonly text: string;
  readonly grid: string;
  readonly selection: string;
  readonly boundary: string;
  readonly viewport: string;
}

export const CHART_COLOURS: Record<"light" | "dark", ChartColours> = {
  light: {
    text: "#52606d",
    grid: "rgba(82, 96, 109, 0.14)",
    selection: "#0b7285",
    boundary: "rgba(82, 96, 109, 0.55)",
    viewport: "#3b6f9e",
  },
  dark: {
    text: "#9aa5b1",
    grid: "rgba(154, 165, 177, 0.14)",
    selection: "#3bc9db",
    boundary: "rgba(154, 165, 177, 0.55)",
    viewport: "#6f9ac1",
  },
};
