import { Button, Group, Modal, Radio, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { answer, api } from "../../api/client";
import { type Alert, silences } from "../../api/queries";
import { useDeed } from "../../kit/useDeed";
import { iso, lengthOf } from "../../time/range";
import { useMinute } from "../../time/useTime";
import { when } from "../../words/numbers";
import { VERDICT_HELP, VERDICT_WORDS, VERDICTS, type Verdict } from "./verdicts";
import { useWho } from "./who";

/** What people may do with an alert: look after it, judge it, silence its like. */
export function AlertActions({ alert }: { alert: Alert }) {
  const [open, setOpen] = useState<"acknowledge" | "verdict" | "silence" | null>(null);
  const close = () => setOpen(null);
  const canAcknowledge = alert.state === "firing" || alert.state === "unknown";
  return (
    <Group gap="sm" className="no-print">
      {canAcknowledge && <Button onClick={() => setOpen("acknowledge")}>I look after it</Button>}
      <Button variant={canAcknowledge ? "default" : "filled"} onClick={() => setOpen("verdict")}>
        {alert.verdict ? "Change the verdict" : "Say what it was"}
      </Button>
      <Button variant="default" onClick={() => setOpen("silence")}>
        Silence…
      </Button>
      <Modal opened={open === "acknowledge"} onClose={close} title="Look after this alert">
        <Acknowledge id={alert.id} done={close} />
      </Modal>
      <Modal opened={open === "verdict"} onClose={close} title="What was it?">
        <Judge alert={alert} done={close} />
      </Modal>
      <Modal opened={open === "silence"} onClose={close} title="Silence alerts like this">
        <SilenceForm alert={alert} done={close} />
      </Modal>
    </Group>
  );
}

/** What people do with alerts, and what that makes stale. */
function useAlertDeed(deed: () => Promise<unknown>, words: string, done: () => void) {
  return useDeed({ deed, words, done, stale: [["alerts"], silences.queryKey] });
}

interface FormProps {
  /** What its button says. */
  words: string;
  ready: boolean;
  deed: ReturnType<typeof useAlertDeed>;
  children: ReactNode;
}

/** Fields that Enter sends, as everywhere. */
function Form({ words, ready, deed, children }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !deed.isPending) deed.mutate(undefined);
      }}
    >
      <Stack>
        {children}
        <Button type="submit" disabled={!ready} loading={deed.isPending}>
          {words}
        </Button>
      </Stack>
    </form>
  );
}

function Acknowledge({ id, done }: { id: string; done: () => void }) {
  const [who, setWho] = useWho();
  const [why, setWhy] = useState("");
  const body = { by: who, why };
  const deed = useAlertDeed(() => answer(api.POST("/v1/alerts/{id}/acknowledge", { params: { path: { id } }, body })), "It is neither repeated nor escalated now.", done);
  return (
    <Form words="I look after it" ready={who.trim() !== ""} deed={deed}>
      <TextInput label="Who" required value={who} onChange={(e) => setWho(e.currentTarget.value)} data-autofocus={who === "" || undefined} />
      <Textarea label="What is being done" value={why} onChange={(e) => setWhy(e.currentTarget.value)} data-autofocus={who !== "" || undefined} />
    </Form>
  );
}

/** Begins with what was said before, which may be wrong in one word only. */
function Judge({ alert: { id, verdict: before }, done }: { alert: Alert; done: () => void }) {
  const [who, setWho] = useWho();
  const [verdict, setVerdict] = useState<Verdict>(VERDICTS.find((v) => v === before?.verdict) ?? "true_positive");
  const [why, setWhy] = useState(before?.reason ?? "");
  const body = { by: who, verdict, reason: why };
  const deed = useAlertDeed(() => answer(api.POST("/v1/alerts/{id}/verdict", { params: { path: { id } }, body })), "Thank you: monitors are judged by this.", done);
  return (
    <Form words="Save the verdict" ready={who.trim() !== "" && why.trim() !== ""} deed={deed}>
      <Radio.Group label="This alert" value={verdict} onChange={(value) => setVerdict(value)}>
        <Stack gap="xs" mt="xs">
          {VERDICTS.map((word) => (
            <Radio key={word} value={word} data-autofocus={word === verdict || undefined} label={VERDICT_WORDS[word]} description={VERDICT_HELP[word]} />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea label="Why" description="The next alert of this kind shows it." required value={why} onChange={(e) => setWhy(e.currentTarget.value)} />
      <TextInput label="Who" required value={who} onChange={(e) => setWho(e.currentTarget.value)} />
    </Form>
  );
}

const LENGTHS = ["1h", "4h", "24h", "7d"];
/** Labels that name the kind of an alert, not the one. */
const KIND_LABELS = ["model", "family", "alertname", "column"];
/** The same of its monitor, which a maintenance selects. */
const MONITOR_LABELS = ["model", "family", "measure", "column"];

function SilenceForm({ alert, done }: { alert: Alert; done: () => void }) {
  const [who, setWho] = useWho();
  const [length, setLength] = useState("4h");
  const [scope, setScope] = useState("kind");
  const [why, setWhy] = useState("");
  const [maintenance, setMaintenance] = useState(false);
  const minute = useMinute();
  const kind = maintenance ? MONITOR_LABELS : KIND_LABELS;
  const names = scope === "kind" ? kind : ["model"];
  const matchers = names.flatMap((name) => {
    const value = alert.labels[name];
    return value === undefined ? [] : [{ name, value, regex: false, not: false }];
  });
  const body = { matchers, by: who, why, maintenance, to: iso(minute + (lengthOf(length) ?? 0)) };
  const deed = useAlertDeed(() => answer(api.POST("/v1/silences", { body })), maintenance ? `Such windows tell nothing for ${length}.` : `Nobody is told of such alerts for ${length}.`, done);
  return (
    <Form words="Silence" ready={who.trim() !== "" && why.trim() !== ""} deed={deed}>
      <Radio.Group label="Silence" value={scope} onChange={setScope}>
        <Stack gap="xs" mt="xs">
          <Radio value="kind" label="Alerts of this kind" description={KIND_LABELS.flatMap((n) => alert.labels[n] ?? []).join(" · ")} />
          <Radio value="model" label={`All alerts of ${alert.model}`} />
        </Stack>
      </Radio.Group>
      <Select label="For" description={`Until ${when(body.to)}`} data={LENGTHS} value={length} onChange={(value) => setLength(value ?? "4h")} allowDeselect={false} />
      <Switch
        label="It is a maintenance"
        description="Windows in it tell nothing: they neither begin an alert nor end one, and nothing is learnt from them."
        checked={maintenance}
        onChange={(e) => setMaintenance(e.currentTarget.checked)}
      />
      <Textarea label="Why" required value={why} onChange={(e) => setWhy(e.currentTarget.value)} data-autofocus />
      <TextInput label="Who" required value={who} onChange={(e) => setWho(e.currentTarget.value)} />
    </Form>
  );
}
