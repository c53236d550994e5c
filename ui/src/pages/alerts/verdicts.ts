/** What people may say that an alert was. */
export const VERDICTS = ["true_positive", "false_positive", "expected", "duplicate", "missing_data"] as const;
export type Verdict = (typeof VERDICTS)[number];

export const VERDICT_WORDS: Record<string, string> = {
  true_positive: "it was right",
  false_positive: "false alarm",
  expected: "expected",
  duplicate: "duplicate",
  missing_data: "data were missing",
};

export const VERDICT_HELP: Record<Verdict, string> = {
  true_positive: "Something was wrong, and this told of it.",
  false_positive: "Nothing was wrong.",
  expected: "It was known before that this would happen.",
  duplicate: "Another alert tells of the same.",
  missing_data: "The data were late or incomplete, not wrong.",
};

/** Steps of an alert's history as people say them. */
export const STEP_WORDS: Record<string, string> = {
  fired: "Fired",
  grew: "Another monitor joined, or it got worse",
  recovering: "Back to normal, held for a while",
  relapsed: "Out of bounds again",
  lost: "Data are missing: nobody can tell",
  found: "Data are there again",
  resolved: "Over",
  reopened: "Came back within a day",
  acknowledged: "Somebody looks after it",
  judged: "Verdict",
};
