import { Anchor, List, NumberInput, Paper, Radio, Stack, Text, Title } from "@mantine/core";
import { useId, useState } from "react";
import { asksForRate, type ChoiceCard, chosenOf } from "./choiceCards.ts";
import { FieldScale } from "./FieldScale.tsx";
import { FirstMoment } from "./FirstMoment.tsx";
import classes from "./importDialog.module.css";
import { withRate } from "./timeAnswers.ts";
import type { InspectionInHand } from "./useInspection.ts";

const SHOWN_AT_ONCE = 4;
const AS_TAKEN = "taken";

/** What has to be answered, and what was assumed and could be otherwise. */
export function ChoiceCards({ hand }: { hand: InspectionInHand }) {
  const questions = hand.cards.filter(({ kind }) => kind === "question");
  const assumptions = hand.cards.filter(({ kind }) => kind === "assumption");
  const [doubtful, plain] = [
    assumptions.filter(({ choices }) => choices.length > 0),
    assumptions.filter(({ choices }) => choices.length === 0),
  ];
  return (
    <>
      {questions.length === 0 ? null : (
        <section aria-label="Questions">
          <Title order={3} size="h6" mb={6}>
            {questions.length === 1 ? "One question" : `${questions.length} questions`}
          </Title>
          <Stack gap="xs">
            {questions.map((card) => (
              <Card key={card.key} card={card} hand={hand} />
            ))}
          </Stack>
        </section>
      )}
      {assumptions.length === 0 ? null : (
        <section aria-label="Assumptions">
          <Title order={3} size="h6" mb={6}>
            Assumed, as the file does not say
          </Title>
          <Stack gap="xs">
            {doubtful.map((card) => (
              <Card key={card.key} card={card} hand={hand} />
            ))}
            {plain.length === 0 ? null : <PlainAssumptions cards={plain} hand={hand} />}
          </Stack>
        </section>
      )}
    </>
  );
}

/** What was assumed and has no other reading to choose from. */
function PlainAssumptions({ cards, hand }: { cards: readonly ChoiceCard[]; hand: InspectionInHand }) {
  const isWithoutDay = cards.some(({ subject }) => subject === "time_form");
  return (
    <Paper withBorder p="xs">
      <List size="xs" spacing={4}>
        {cards.map(({ key, title, reason }) => (
          <List.Item key={key}>
            {title}{" "}
            <Text span size="xs" c="dimmed">
              {reason.replace("; a mapping with time.start gives one", "")}
            </Text>
          </List.Item>
        ))}
      </List>
      {isWithoutDay ? <FirstMoment hand={hand} /> : null}
    </Paper>
  );
}

function Card({ card, hand }: { card: ChoiceCard; hand: InspectionInHand }) {
  const chosen = chosenOf(card, hand.mapping);
  const isQuestion = card.kind === "question";
  return (
    <Paper
      withBorder
      p="xs"
      style={hand.isOpen(card) ? { borderColor: "var(--mantine-color-yellow-6)" } : undefined}
    >
      {card.choices.length === 0 ? (
        <>
          <Text size="sm" fw={isQuestion ? 600 : 400}>
            {card.title}
          </Text>
          <Text size="xs" c="dimmed">
            {card.reason}
          </Text>
        </>
      ) : (
        <Choices card={card} chosen={chosen} onChoose={(at) => hand.choose(card, at)} />
      )}
      {isQuestion ? <OwnAnswer card={card} hand={hand} /> : null}
    </Paper>
  );
}

interface ChoicesProps {
  card: ChoiceCard;
  chosen: number;
  onChoose: (at: number) => void;
}

function Choices({ card, chosen, onChoose }: ChoicesProps) {
  const [isLong, setLong] = useState(false);
  const name = useId();
  const isQuestion = card.kind === "question";
  const hasRest = card.choices.length > SHOWN_AT_ONCE + 1 && !isLong && chosen < SHOWN_AT_ONCE;
  const shown = hasRest ? card.choices.slice(0, SHOWN_AT_ONCE - 1) : card.choices;
  return (
    <Radio.Group
      name={name}
      label={isQuestion ? card.title : "Read as"}
      labelProps={isQuestion ? { fw: 600 } : { className: "visually-hidden" }}
      description={isQuestion ? card.reason : undefined}
      aria-label={isQuestion ? undefined : card.title}
      size="sm"
      value={chosen < 0 ? (isQuestion ? null : AS_TAKEN) : String(chosen)}
      onChange={(value) => onChoose(value === AS_TAKEN ? -1 : Number(value))}
    >
      <Stack gap={4} mt={isQuestion ? 6 : 0}>
        {isQuestion ? null : (
          <Radio
            size="xs"
            value={AS_TAKEN}
            label={card.title}
            description={card.reason}
            classNames={{ description: classes.reason }}
          />
        )}
        {shown.map(({ label }, at) => (
          <Radio key={label} size="xs" value={String(at)} label={label} />
        ))}
      </Stack>
      {hasRest ? (
        <Anchor component="button" type="button" size="xs" mt={6} onClick={() => setLong(true)}>
          {card.choices.length - shown.length} more
        </Anchor>
      ) : null}
    </Radio.Group>
  );
}

/** What can be answered beside the choices that were thought of. */
function OwnAnswer({ card, hand }: { card: ChoiceCard; hand: InspectionInHand }) {
  if (card.subject === "field_unit") return <FieldScale hand={hand} />;
  if (asksForRate(card)) return <OwnRate hand={hand} />;
  if (card.choices.length > 0) return null;
  return (
    <Text size="xs" mt={6}>
      Say in the table what each column is.
    </Text>
  );
}

function OwnRate({ hand }: { hand: InspectionInHand }) {
  return (
    <NumberInput
      mt="xs"
      size="xs"
      label="Another number of rows a second"
      min={0}
      value={hand.mapping.time?.rate_hz ?? ""}
      onChange={(value) => hand.change((mapping) => withRate(mapping, value))}
    />
  );
}
