import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { send } from "../../api/client.ts";
import { composePicture, type Picture } from "./composePicture.ts";
import { decodeTile, type TileData } from "./decodeTile.ts";
import { TileStore } from "./TileStore.ts";
import { levelFor, requestOf, type Tile, tilesIn, tilesNear, topLevel } from "./tiles.ts";
import type { ViewportModel } from "./ViewportModel.ts";

const ARROW = "application/vnd.apache.arrow.stream";
/** While the view moves fast, tiles are asked for this often at most. */
const SETTLE_MS = 60;

interface SeriesTilesOptions {
  datasetId: number;
  /** Changing it empties the store. */
  version: number;
  rows: number;
  /** First rows of the tracks, ascending. */
  trackStarts: readonly number[];
  /** Channels to fetch. Changing them empties the store. */
  channels: readonly string[];
  model: ViewportModel;
  widthPx: number;
}

export interface SeriesTiles {
  picture: Picture;
  /** The whole series in one tile, for the overview. */
  overview: TileData | undefined;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

/** What of the view decides which tiles are shown: its level and its first and last tile. */
function tileWindow(model: ViewportModel, widthPx: number): string {
  const level = levelFor(model.get(), widthPx, model.rows);
  const tiles = tilesIn(model.get(), level, model.rows);
  return `${level}/${tiles[0]?.index ?? 0}/${tiles.length}`;
}

export function useSeriesTiles(options: SeriesTilesOptions): SeriesTiles {
  const { datasetId, version: seriesVersion, rows, trackStarts, model, widthPx } = options;
  const channelList = options.channels.join(",");
  const [version, arrived] = useReducer((count: number) => count + 1, 0);
  const [, asked] = useReducer((count: number) => count + 1, 0);
  const [window, setWindow] = useState(() => tileWindow(model, widthPx));
  const store = useRef<TileStore<TileData> | null>(null);

  const want = useCallback(() => {
    const level = levelFor(model.get(), widthPx, rows);
    const root: Tile = { level: topLevel(rows), index: 0 };
    store.current?.want(
      [...tilesIn(model.get(), level, rows), ...(rows > 0 ? [root] : [])],
      tilesNear(model.get(), level, rows),
    );
  }, [model, rows, widthPx]);
  const latestWant = useRef(want);
  latestWant.current = want;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the readings of another version are others
  useEffect(() => {
    const created = new TileStore<TileData>({
      onChange: arrived,
      fetchTile: async (tile, signal) => {
        const request = requestOf(tile, rows, trackStarts);
        const response = await send(`datasets/${datasetId}/data/`, {
          accept: ARROW,
          signal,
          query: {
            start_index: request.startIndex,
            end_index: request.endIndex,
            max_points: request.points,
            channels: channelList,
            format: "arrow",
          },
        });
        return decodeTile(new Uint8Array(await response.arrayBuffer()), request.endIndex);
      },
    });
    store.current = created;
    latestWant.current();
    return () => created.close();
  }, [datasetId, seriesVersion, rows, trackStarts, channelList]);

  useEffect(() => {
    let timer: number | undefined;
    const follow = () => {
      setWindow(tileWindow(model, widthPx));
      if (timer !== undefined) return;
      timer = globalThis.window.setTimeout(() => {
        timer = undefined;
        want();
        // What was asked for may not be there yet: `loading` says so from now on.
        asked();
      }, SETTLE_MS);
    };
    follow();
    const stop = model.subscribe(follow);
    return () => {
      stop();
      globalThis.window.clearTimeout(timer);
    };
  }, [model, widthPx, want]);

  // `window` and `version` stand for what the store and the model hold.
  // biome-ignore lint/correctness/useExhaustiveDependencies: both are outside React
  const picture = useMemo(() => {
    const level = levelFor(model.get(), widthPx, rows);
    const channels = channelList === "" ? [] : channelList.split(",");
    return composePicture(tilesIn(model.get(), level, rows), rows, channels, (tile) =>
      store.current?.peek(tile),
    );
  }, [model, rows, widthPx, channelList, window, version]);

  return {
    picture,
    overview: store.current?.peek({ level: topLevel(rows), index: 0 }),
    loading: store.current?.loading ?? true,
    error: store.current?.error,
    retry: () => store.current?.retry(),
  };
}
