import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

interface TextAnswerProps {
  label: string;
  description?: string;
  placeholder?: string;
  value: string;
  /** What is wrong with a text, or null. */
  problem: (text: string) => string | null;
  onAnswer: (text: string) => void;
}

/** A text that counts once it is well formed and the field is left, or Enter is pressed. */
export function TextAnswer({ label, description, placeholder, value, problem, onAnswer }: TextAnswerProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const trimmed = text.trim();
  function settle() {
    if (trimmed !== value && problem(trimmed) === null) onAnswer(trimmed);
  }
  return (
    <TextInput
      size="xs"
      label={label}
      description={description}
      placeholder={placeholder}
      value={text}
      error={problem(trimmed)}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === "Enter") settle();
      }}
    />
  );
}
