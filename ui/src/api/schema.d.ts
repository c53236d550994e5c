// Stand-in for what `npm run api` makes of a running server's /api/openapi.json.
export interface paths {
  "/v1/models": {
    get: { parameters: { query?: { cursor?: string; limit?: number } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["ModelView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}": {
    get: { parameters: { path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["ModelView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}/versions": {
    get: { parameters: { path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["VersionView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}/schema": {
    get: { parameters: { path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SchemaView"][] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}/proposal": {
    get: { parameters: { path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": Record<string, never> } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}/monitors": {
    get: { parameters: { path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["ModelStanding"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/models/{model}/profiles": {
    get: { parameters: { query: { from: string; to: string; grain?: string | null; column?: string | null; segment?: string | null; kind?: string | null; edges?: string | null }; path: { model: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Profiles"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts": {
    get: { parameters: { query?: { model?: string; state?: string; severity?: string; from?: string | null; to?: string | null; cursor?: string | null; limit?: number | null } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["AlertView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts/{id}": {
    get: { parameters: { path: { id: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["AlertPage"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts/{id}/evidence": {
    get: { parameters: { path: { id: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["EvidenceView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts/{id}/why": {
    get: { parameters: { path: { id: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["WhyView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts/{id}/acknowledge": {
    post: { parameters: { path: { id: string } }; requestBody: { content: { "application/json": components["schemas"]["Acknowledging"] } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["AlertView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/alerts/{id}/verdict": {
    post: { parameters: { path: { id: string } }; requestBody: { content: { "application/json": components["schemas"]["Judging"] } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["AlertView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/silences": {
    get: { parameters: { query?: { expired?: boolean } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["SilenceView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
    post: { parameters: {  }; requestBody: { content: { "application/json": components["schemas"]["SilenceRequest"] } }; responses: { 201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SilenceView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/silences/{name}": {
    delete: { parameters: { path: { name: string } }; responses: { 204: { headers: { [name: string]: unknown }; content?: never }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/drills": {
    get: { parameters: { query?: { name?: string; cursor?: string | null; limit?: number | null } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["DrillView"][]; next_cursor?: string | null } } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/backtests": {
    post: { parameters: {  }; requestBody: { content: { "application/json": components["schemas"]["BacktestRequest"] } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Backtest"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/sql": {
    post: { parameters: {  }; requestBody: { content: { "application/json": components["schemas"]["SqlRequest"] } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SqlAnswer"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
  "/v1/specs/{kind}/{name}": {
    get: { parameters: { path: { kind: string; name: string } }; responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SpecView"] } }; 400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } } } };
  };
}
export interface components {
  schemas: {
    Acknowledging: {
    by: string;
    why?: string;
    };
    AlertPage: components["schemas"]["AlertView"] & {
    history: components["schemas"]["StepView"][];
    deliveries: components["schemas"]["DeliveryView"][];
    };
    AlertView: {
    id: string;
    model: string;
    family: string;
    state: string;
    severity: string;
    onset_at: string;
    fired_at: string;
    changed_at: string;
    resolved_at?: string | null;
    reopened: number;
    cause: string;
    labels: { [key: string]: string };
    drill?: string | null;
    symptoms: components["schemas"]["SymptomView"][];
    changes: components["schemas"]["ChangeView"][];
    acknowledged?: components["schemas"]["SignedView"] | null;
    verdict?: components["schemas"]["VerdictView"] | null;
    };
    Asked: {
    model: string;
    };
    Backtest: {
    model: string;
    from: string;
    to: string;
    windows: number;
    monitors: number;
    elapsed_ms: number;
    transitions: Record<string, never>[];
    standing: components["schemas"]["MonitorStanding"][];
    };
    BacktestRequest: {
    model: string;
    to?: string | null;
    monitors?: Record<string, never>[];
    only?: boolean;
    };
    BandView: {
    low?: number | null;
    high?: number | null;
    };
    BeforeView: {
    value?: number | null;
    n: number;
    breach: boolean;
    };
    BinsView: {
    edges?: number[] | null;
    categories?: string[] | null;
    rows: number[];
    };
    ChangeView: {
    at: string;
    what: string;
    };
    CheckView: {
    figure: string;
    column?: string | null;
    value?: number | null;
    low?: number | null;
    high?: number | null;
    at_least?: number | null;
    at_most?: number | null;
    n: number;
    state: string;
    sentence: string;
    };
    Choice: {
    model?: string | null;
    code?: string | null;
    cursor?: string | null;
    limit?: number | null;
    ids: string[];
    };
    ComparedView: {
    now: components["schemas"]["FigureView"];
    reference?: components["schemas"]["FigureView"] | null;
    };
    ComparisonView: {
    comparison: string;
    state: string;
    off_runs: number;
    n: number;
    figures: number;
    columns: number;
    from?: string | null;
    to?: string | null;
    sentence: string;
    checks: components["schemas"]["CheckView"][];
    };
    DeliveryView: {
    key: string;
    route: string;
    receiver: string;
    reason: string;
    decided_at: string;
    state: string;
    at: string;
    attempts: number;
    last_error?: string | null;
    };
    DrillView: {
    name: string;
    started_at: string;
    took_seconds: number;
    passed: boolean;
    not_run?: string | null;
    faults: components["schemas"]["FaultView"][];
    expected: components["schemas"]["ExpectedView"][];
    misses: string[];
    false_alarms: components["schemas"]["FalseAlarmView"][];
    sentences: string[];
    };
    Estimate: {
    value: number;
    low: number;
    high: number;
    };
    EvidenceView: {
    alert: string;
    model: string;
    monitors: components["schemas"]["MonitorEvidenceView"][];
    notes: string[];
    };
    ExpectedView: {
    model: string;
    fault: string;
    what: string;
    found: boolean;
    in_time: boolean;
    delay_seconds?: number | null;
    cause?: string | null;
    passed: boolean;
    sentence: string;
    };
    FalseAlarmView: {
    model: string;
    family: string;
    fired_at: string;
    monitors: string[];
    sentence: string;
    };
    FaultView: {
    id: string;
    fault: string;
    model: string;
    expected: boolean;
    caught: boolean;
    };
    FigureView: {
    value?: number | null;
    low?: number | null;
    high?: number | null;
    n: number;
    };
    FindingView: {
    table: string;
    column: string;
    kinds: { [key: string]: number };
    whole: number;
    rows: number;
    state: string;
    first_at: string;
    last_at: string;
    };
    Flushed: {
    flushed: boolean;
    };
    FrequentView: {
    value: string;
    low: number;
    high: number;
    };
    Health: {
    status: string;
    version: string;
    };
    Judging: {
    verdict: string;
    reason: string;
    by: string;
    };
    MatcherView: {
    name: string;
    value: string;
    regex?: boolean;
    not?: boolean;
    };
    ModelStanding: {
    state: string;
    reference_from: string;
    reference_to: string;
    closed?: string | null;
    monitors: components["schemas"]["MonitorStanding"][];
    };
    ModelView: {
    name: string;
    state: string;
    task?: string | null;
    owner?: string | null;
    first_seen_at: string;
    volumes: components["schemas"]["VolumeView"][];
    };
    MonitorEvidenceView: {
    monitor: string;
    measure: string;
    column?: string | null;
    metric?: string | null;
    segment: { [key: string]: string };
    sentence: string;
    from: string;
    to: string;
    reference_from: string;
    reference_to: string;
    rows: number;
    whole?: components["schemas"]["ComparedView"] | null;
    segments: components["schemas"]["PartView"][];
    rows_min: number;
    suppressed: number;
    examples: Record<string, never>[];
    hidden: string[];
    sql?: string | null;
    notes: string[];
    };
    MonitorStanding: {
    name: string;
    measure: string;
    column?: string | null;
    metric?: string | null;
    segment: { [key: string]: string };
    window_s: number;
    state: string;
    breaches: number;
    of: number;
    material: number;
    correlation: number;
    reference_windows: number;
    why: string;
    points: components["schemas"]["PointView"][];
    };
    ObservationView: {
    model: string;
    at: string;
    comparisons: components["schemas"]["ComparisonView"][];
    };
    PartView: components["schemas"]["ComparedView"] & {
    segment: string;
    value: string;
    excess: number;
    apart: boolean;
    };
    PointView: {
    from: string;
    to: string;
    value?: number | null;
    low?: number | null;
    high?: number | null;
    n: number;
    band?: components["schemas"]["BandView"] | null;
    p_value?: number | null;
    breach: boolean;
    before?: components["schemas"]["BeforeView"] | null;
    };
    Problem: {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: string;
    hint: string;
    };
    ProfileView: {
    from: string;
    to: string;
    column: string;
    type: string;
    segment_value?: string | null;
    rows: number;
    nulls: number;
    nans: number;
    infinities: number;
    mean?: number | null;
    std?: number | null;
    min?: number | null;
    max?: number | null;
    distinct?: components["schemas"]["Estimate"] | null;
    quantiles: Record<string, never>;
    rank_error: number;
    frequent: components["schemas"]["FrequentView"][];
    bins?: components["schemas"]["BinsView"] | null;
    histogram?: number[] | null;
    };
    Profiles: {
    items: components["schemas"]["ProfileView"][];
    };
    QuarantinedRow: {
    id: string;
    received_at: string;
    model?: string | null;
    kind?: string | null;
    row: number;
    code: string;
    message: string;
    raw: string;
    replayed_at?: string | null;
    };
    RebuildRange: {
    from: string;
    to: string;
    reference?: components["schemas"]["Reference"] | null;
    };
    RebuildView: {
    days: number;
    days_done: number;
    running: boolean;
    error?: string | null;
    };
    Reference: {
    from: string;
    to: string;
    };
    Replayed: {
    rows: number;
    accepted: number;
    duplicates: number;
    rejected: number;
    };
    SchemaStep: {
    version: number;
    at: string;
    why: string;
    changes: Record<string, never>[];
    };
    SchemaView: {
    table: string;
    version: number;
    columns: Record<string, never>[];
    history: components["schemas"]["SchemaStep"][];
    };
    SignedView: {
    by: string;
    at: string;
    why: string;
    };
    SilenceRequest: {
    name?: string | null;
    matchers: components["schemas"]["MatcherView"][];
    from?: string | null;
    to: string;
    by?: string | null;
    why: string;
    };
    SilenceView: {
    name: string;
    state: string;
    matchers: components["schemas"]["MatcherView"][];
    from: string;
    to: string;
    by?: string | null;
    why: string;
    };
    SpecChange: {
    kind: string;
    name: string;
    revision: number;
    changed: boolean;
    dry_run: boolean;
    diff: Record<string, never>[];
    kept: string[];
    };
    SpecView: {
    kind: string;
    name: string;
    revision: number;
    at: string;
    author: string;
    why: string;
    deleted: boolean;
    object: Record<string, never>;
    };
    SqlAnswer: {
    columns: components["schemas"]["SqlColumn"][];
    rows: Record<string, never>[][];
    row_count: number;
    truncated: boolean;
    elapsed_ms: number;
    scanned_rows: number;
    scanned_files: number;
    };
    SqlColumn: {
    name: string;
    type: string;
    };
    SqlRequest: {
    sql: string;
    timeout_ms?: number | null;
    max_rows?: number | null;
    purpose?: string | null;
    };
    StepView: {
    number: number;
    at: string;
    step: string;
    details: Record<string, never>;
    };
    SymptomView: {
    monitor: string;
    measure: string;
    column?: string | null;
    metric?: string | null;
    segment: { [key: string]: string };
    severity: string;
    onset_at: string;
    sustained_at: string;
    over_at?: string | null;
    sentence: string;
    points?: components["schemas"]["PointView"][];
    };
    TokenRequest: {
    name: string;
    scopes: string[];
    expires_at?: string | null;
    };
    TokenView: {
    id: string;
    name: string;
    scopes: string[];
    prefix: string;
    created_at: string;
    expires_at?: string | null;
    revoked_at?: string | null;
    token?: string | null;
    };
    VerdictView: {
    verdict: string;
    by: string;
    at: string;
    reason: string;
    };
    VersionView: {
    version: string;
    environment: string;
    registered: boolean;
    first_seen_at: string;
    };
    VolumeView: {
    table: string;
    rows: number;
    lake_rows: number;
    lake_bytes: number;
    files: number;
    hot_rows: number;
    from?: string | null;
    to?: string | null;
    location: string;
    };
    Why: {
    model: string;
    at: string;
    alerts: Record<string, never>[];
    monitors: components["schemas"]["WhyMonitor"][];
    };
    WhyMonitor: {
    name: string;
    state: string;
    why: string;
    };
    WhyView: {
    route: string;
    verdict: string;
    sentence: string;
    told_at?: string | null;
    until?: string | null;
    };
  };
}
