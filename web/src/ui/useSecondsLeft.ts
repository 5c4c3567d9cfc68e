import { useEffect, useState } from "react";
import { ApiError } from "../api/apiError.ts";

/** Counts down the wait that the server asked for with a refusal; 0 when one may try again. */
export function useSecondsLeft(error: unknown): number {
  const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
  const [left, setLeft] = useState(asked);
  useEffect(() => {
    setLeft(asked);
    if (asked === 0 || error === null) return;
    const until = Date.now() + asked * 1000;
    const timer = window.setInterval(() => {
      const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      setLeft(seconds);
      if (seconds === 0) window.clearInterval(timer);
    }, 500);
    return () => window.clearInterval(timer);
  }, [asked, error]);
  return left;
}
