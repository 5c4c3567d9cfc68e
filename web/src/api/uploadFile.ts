import { ApiError, errorFromBody, unreachableError } from "./apiError.ts";
import { forgeryHeader } from "./csrfToken.ts";

export interface Upload<T> {
  answer: Promise<{ status: number; body: T }>;
  cancel(): void;
}

/**
 * Posts one file as multipart. XMLHttpRequest, because fetch cannot tell how much of a body has been sent.
 * The plain fields go before the file: the server knows project and limits before the first byte of data.
 */
export function uploadFile<T>(
  path: string,
  file: File,
  fields: Record<string, string>,
  onProgress: (fraction: number) => void,
): Upload<T> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);

  const xhr = new XMLHttpRequest();
  let isCancelled = false;
  let refuse: (error: ApiError) => void = () => {};
  const answer = new Promise<{ status: number; body: T }>((resolve, reject) => {
    refuse = reject;
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    xhr.onload = () => {
      if (xhr.status < 200 || xhr.status >= 300) {
        reject(errorFromBody(xhr.status, xhr.responseText));
        return;
      }
      try {
        resolve({ status: xhr.status, body: JSON.parse(xhr.responseText) as T });
      } catch {
        reject(errorFromBody(xhr.status, ""));
      }
    };
    xhr.onerror = () => reject(unreachableError());
    xhr.open("POST", `/api/${path}`);
    xhr.setRequestHeader("accept", "application/json");
    void forgeryHeader().then((headers) => {
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      if (!isCancelled) xhr.send(form);
    });
  });
  return {
    answer,
    cancel() {
      // Aborting what has not been sent yet does nothing and tells nobody.
      isCancelled = true;
      xhr.abort();
      refuse(new ApiError("You cancelled this upload.", { status: 0, code: "cancelled" }));
    },
  };
}
