// Made by `npm run api` from a running server's /api/openapi.json. Do not edit.
export interface paths {
    "/api/v2/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts that go on, in Alertmanager's form
         * @description Takes `filter` (repeated matchers), `receiver` (an expression), `active`, `silenced`, `inhibited`,
         *     `unprocessed` and `muted`.
         */
        get: operations["alertmanager_list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/alerts/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts that go on in groups, in Alertmanager's form */
        get: operations["list_groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/receivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Routes, in Alertmanager's form */
        get: operations["list_receivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/silence/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a silence, in Alertmanager's form */
        get: operations["show_silence"];
        put?: never;
        post?: never;
        /** End a silence, in Alertmanager's form */
        delete: operations["alertmanager_end_silence"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Silences, in Alertmanager's form
         * @description Takes `filter` (repeated matchers, asked of what the silences' own matchers say), `active`, `pending` and
         *     `expired`.
         */
        get: operations["alertmanager_list_silences"];
        put?: never;
        /** Make or replace a silence, in Alertmanager's form */
        post: operations["alertmanager_create_silence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What answers, in Alertmanager's form */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it takes telemetry and answers queries */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Candor's own figures */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List alerts, the newest first
         * @description Without the points of their charts, which one alert's own page has.
         */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/scores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how often monitors and routes are right
         * @description Precision by what people said of alerts: each counts for the monitor that leads it, and for the routes that told of it.
         *     Recall by drills with a schedule: the newest rehearsal of each. Alerts of drills that failed are left out.
         */
        get: operations["show_scores"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an alert with its history and who was told */
        get: operations["show_alert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that somebody looks after an alert
         * @description It is then neither repeated nor escalated. The last one who says so counts; all stay in its history.
         */
        post: operations["acknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what backs an alert: where it is worst, and rows that show it
         * @description Of the likely cause and up to two more of its monitors: the same figure by the values of each segment, beside that
         *     of the reference, and predictions of its time. It is read anew each time: rows that retention removed are gone.
         */
        get: operations["show_evidence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/verdict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what an alert was
         * @description The last verdict counts; all stay in its history.
         */
        post: operations["judge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say why people were told of an alert, or not
         * @description One answer for each route, with the receivers that it could not reach. With `at` it is answered from what is
         *     recorded: the alert as it was then, routes and silences that were in force, who had acknowledged, and notices that
         *     had been decided. What the records do not tell is in `not_recorded`.
         */
        get: operations["why_of_alert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run monitors over history
         * @description The same engine as live, over what the lake holds: which alerts would have fired, when, and why. Nobody is told.
         */
        post: operations["run_backtest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List rehearsals of drills, the newest first
         * @description Scenarios with a `schedule` are rehearsed by the server: their traffic is played to a server of its own, and
         *     its alerts are held against those that the scenario expects. Kept for 400 days.
         */
        get: operations["list_drills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List drills with a schedule, and which one runs */
        get: operations["list_schedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/drills/{name}/rehearse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rehearse a drill now
         * @description It begins when the rehearsal that runs is over; asking twice is asking once. How it went is listed by
         *     `GET /v1/drills`. A server that stops before it begins forgets it.
         */
        post: operations["rehearse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List receipts of erasures, the newest first */
        get: operations["list_erasures"];
        put?: never;
        /**
         * Erase a person
         * @description Removes all rows stored by now whose `subject` is the one given, the outcomes, feedback and effects
         *     of these predictions, and rejected rows that name either. Answers when nothing of them is left in
         *     the log, in files of the lake and in their history. Rows that come later are not affected. A
         *     statement that is running may fail and can be asked again. An erasure that fails is tried again every ten
         *     seconds and at the next start, until it is done; then its receipt is there.
         */
        post: operations["erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take events of mixed kinds and models
         * @description NDJSON or a JSON array. Each event names its `model`; `kind` is `prediction` unless it says
         *     otherwise. The answer comes after the accepted rows are on stable storage.
         */
        post: operations["post_events"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flush": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring all rows to the lake now
         * @description Rows are durable and visible without it. It serves those who are about to read the Delta tables
         *     with another engine.
         */
        post: operations["flush"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List keys, without their secrets */
        get: operations["list_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{purpose}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new key for a purpose
         * @description It is in use when this answers. Older keys are kept: stored hashes stay as they are, and a person
         *     is still found by them.
         */
        post: operations["rotate_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models */
        get: operations["list_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a model */
        get: operations["show_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/effects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take business effects of one model
         * @description NDJSON, a JSON array, CSV, an Arrow IPC stream or Parquet, by content type. Table-like
         *      formats use flattened names: `input_amount`, `output_score`.
         */
        post: operations["post_effects"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/fairness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how a model treats groups of people
         * @description Rates of the groups of each `protected` attribute and the widest gaps between them, of the predictions of a time
         *     with their latest outcomes. Groups of fewer than 30 rows are pooled.
         */
        get: operations["show_fairness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take feedback on one model
         * @description NDJSON, a JSON array, CSV, an Arrow IPC stream or Parquet, by content type. Table-like
         *      formats use flattened names: `input_amount`, `output_score`.
         */
        post: operations["post_feedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how a model's monitors stand
         * @description Each with the figures of its last windows and the band that they were held against.
         */
        get: operations["show_monitors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/outcomes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take outcomes of one model
         * @description NDJSON, a JSON array, CSV, an Arrow IPC stream or Parquet, by content type. Table-like
         *      formats use flattened names: `input_amount`, `output_score`.
         */
        post: operations["post_outcomes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take predictions of one model
         * @description NDJSON, a JSON array, CSV, an Arrow IPC stream or Parquet, by content type. Table-like
         *      formats use flattened names: `input_amount`, `output_score`.
         */
        post: operations["post_predictions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/privacy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show likely personal data in a model's columns
         * @description Decide with `features.*.sensitivity` of the `Model`, or `privacy.columns` of a `Policy`.
         */
        get: operations["show_privacy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read profiles of a model's columns
         * @description What is known of the values of each column in each window, from summaries that are written with the rows:
         *     reading them costs the same however many rows there were. Rows that are not in the lake yet are not
         *     in them; `POST /v1/flush` brings them there.
         */
        get: operations["list_profiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/profiles/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how far the newest rebuild of a model's profiles is */
        get: operations["show_rebuild"];
        put?: never;
        /**
         * Make profiles anew from rows
         * @description In the background, a day at a time; a day's profiles change in one commit. Days that have no rows any more
         *     keep their profiles.
         */
        post: operations["rebuild_profiles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/proposal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the spec that Candor would propose
         * @description Inferred from what the model has sent; adopt it with `candor apply`.
         */
        get: operations["show_proposal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a model's schemas
         * @description Each table's columns now, and every version with what changed and why.
         */
        get: operations["show_schema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a model's versions */
        get: operations["list_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/volumes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a model's volumes */
        get: operations["show_volumes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say why people were told of a model at an instant, or not
         * @description The engine is run over history up to then, so that the answer holds for any instant that the lake still has.
         *     Who was told of an alert is on the alert's own page, `/v1/alerts/{id}/why`.
         */
        get: operations["why_of_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show whether the observer can be believed
         * @description Once a day each model's profiles are held against its rows, estimated performance against the realised one, alerts
         *     against the verdicts of people. Of each model the newest run, with those figures only that are off; of one model
         *     its last 400 days with all that is kept.
         */
        get: operations["list_observations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observer/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Observe a model now
         * @description It counts as a run, and takes the place of an earlier one of the same day.
         */
        post: operations["run_observer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rejected rows */
        get: operations["list_quarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay rejected rows
         * @description Rows go through the front door again, as they were sent, after whatever rejected them was mended
         *     (a spec, a limit). Rows replayed with success before are left out.
         */
        post: operations["replay_quarantine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List silences */
        get: operations["list_silences"];
        put?: never;
        /**
         * Make a silence
         * @description It is stored as an object of kind `Silence`, with its history. Alerts that match are kept and shown.
         */
        post: operations["create_silence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a silence */
        delete: operations["end_silence"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/specs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List all objects */
        get: operations["list_all_specs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/specs/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List objects of one kind */
        get: operations["list_specs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/specs/{kind}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an object */
        get: operations["show_spec"];
        /**
         * Put an object
         * @description YAML or JSON. An identical object makes no new revision.
         */
        put: operations["put_spec"];
        post?: never;
        /** Delete an object; its history stays */
        delete: operations["delete_spec"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/specs/{kind}/{name}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show every revision of an object */
        get: operations["spec_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask with SQL
         * @description One read-only statement over the tables of the lake and the rows that are not flushed yet. The
         *     answer is JSON, an Arrow IPC stream (`application/vnd.apache.arrow.stream`), a Parquet file
         *     (`application/vnd.apache.parquet`) or CSV (`text/csv`) by `Accept`. A text body is taken as the
         *     statement itself.
         */
        post: operations["post_sql"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch events as they are stored
         * @description Each message `events` has the table, the number of rows, and the first twenty of them; each message
         *     `alert` what happened to one. A slow listener is told how many messages it missed (`missed`), nobody waits for it.
         */
        get: operations["stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tokens */
        get: operations["list_tokens"];
        put?: never;
        /** Make a token */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Who looks after an alert. */
        Acknowledging: {
            /** @description Who. */
            by: string;
            /** @description Why, or what is done; may be empty. */
            why?: string;
        };
        /** @description An alert with its history and who was told. */
        AlertPage: components["schemas"]["AlertView"] & {
            /** @description Who was told, the newest first. */
            deliveries: components["schemas"]["DeliveryView"][];
            /** @description What happened to it, the oldest first. */
            history: components["schemas"]["StepView"][];
        };
        /** @description An alert. */
        AlertView: {
            acknowledged?: components["schemas"]["SignedView"] | null;
            /** @description The likely cause, in a sentence. */
            cause: string;
            changed_at: string;
            /** @description What changed near its onset, nearest first. */
            changes: components["schemas"]["ChangeView"][];
            /** @description The drill that failed, if it is of one: then it has no symptoms. */
            drill?: string | null;
            /** @description `service`, `quality` or `drill`. */
            family: string;
            fired_at: string;
            id: string;
            labels: {
                [key: string]: string;
            };
            model: string;
            /** @description Start of the first window out of bounds. */
            onset_at: string;
            /**
             * Format: int32
             * @description How often it came back within a day after it was over.
             */
            reopened: number;
            resolved_at?: string | null;
            /** @description `info`, `warning` or `critical`. */
            severity: string;
            /** @description `firing`, `acknowledged`, `unknown`, `recovering` or `resolved`. */
            state: string;
            /** @description Its reasons, the likely cause first. */
            symptoms: components["schemas"]["SymptomView"][];
            verdict?: components["schemas"]["VerdictView"] | null;
        };
        /** @description What is to be observed. */
        Asked: {
            /** @description The model. */
            model: string;
        };
        /** @description What would have been told. */
        Backtest: {
            /**
             * Format: double
             * @description Milliseconds that it took.
             */
            elapsed_ms: number;
            /** @description The time that was watched: from the end of the reference on. */
            from: string;
            model: string;
            /**
             * Format: int64
             * @description Monitors that watched.
             */
            monitors: number;
            /** @description Monitors that nothing can be told of: the reference has no such column, segment or outcome. */
            not_watched: string[];
            /**
             * @description Since when monitors of windows shorter than five minutes watched, if there are such: of history at most seven
             *     days of rows are read for them.
             */
            short_from?: string | null;
            /** @description How each monitor stands at the end. */
            standing: components["schemas"]["MonitorStanding"][];
            to: string;
            /** @description Every change that people would have been told of, by time. */
            transitions: Record<string, never>[];
            /**
             * Format: int64
             * @description Windows that were closed.
             */
            windows: number;
        };
        /** @description What is tried on history. */
        BacktestRequest: {
            /** @description The model. */
            model: string;
            /**
             * @description Monitors to try, as objects of kind `Monitor`; each takes the place of the one of its name, or of the same
             *     measure and place.
             */
            monitors?: Record<string, never>[];
            /** @description Whether only these watch, without the declared ones and the default pack. */
            only?: boolean;
            /** @description Until when, RFC 3339; until now if absent. */
            to?: string | null;
        };
        /** @description What is fine. */
        BandView: {
            /** Format: double */
            high?: number | null;
            /** Format: double */
            low?: number | null;
        };
        /** @description A window as it was known when it was closed. */
        BeforeView: {
            breach: boolean;
            /** Format: int64 */
            n: number;
            /** Format: double */
            value?: number | null;
        };
        /** @description Exact counts on the bins of a reference; missing values are not in them. */
        BinsView: {
            /** @description Of texts: a bin each, and one more for all others. */
            categories?: string[] | null;
            /** @description Bins lie between them, closed on the left; the first and the last bin are open. */
            edges?: number[] | null;
            rows: number[];
        };
        /** @description Something that changed. */
        ChangeView: {
            at: string;
            what: string;
        };
        /** @description One figure of a comparison. */
        CheckView: {
            /**
             * Format: double
             * @description The limits.
             */
            at_least?: number | null;
            /** Format: double */
            at_most?: number | null;
            column?: string | null;
            /** @description E.g. `p95`, `roc_auc`, `precision`. */
            figure: string;
            /** Format: double */
            high?: number | null;
            /** Format: double */
            low?: number | null;
            /**
             * Format: int64
             * @description Rows or alerts behind it.
             */
            n: number;
            sentence: string;
            state: string;
            /**
             * Format: double
             * @description What is held against the limits, with the ends of its interval where it has one.
             */
            value?: number | null;
        };
        /** @description Which rejected rows. */
        Choice: {
            /**
             * @description One code's, e.g. `type_mismatch`.
             * @default null
             */
            code: string | null;
            /**
             * @description `next_cursor` of the page before.
             * @default null
             */
            cursor: string | null;
            /**
             * @description Rows with these ids only (replay).
             * @default []
             */
            ids: string[];
            /**
             * Format: int32
             * @description Most items, up to 1,000; 100 by default.
             * @default null
             */
            limit: number | null;
            /**
             * @description One model's.
             * @default null
             */
            model: string | null;
        };
        /** @description A figure now and in the reference. */
        ComparedView: {
            /** @description Of the volume, predictions a day. */
            now: components["schemas"]["FigureView"];
            reference?: components["schemas"]["FigureView"] | null;
        };
        /** @description Something cheap or early, held against something dear or late. */
        ComparisonView: {
            /** @description Figures: those that are off and those nearest to it. */
            checks: components["schemas"]["CheckView"][];
            /** Format: int64 */
            columns: number;
            /** @description `profiles` (with the rows), `performance` (estimated with realised) or `verdicts` (of people, with alerts). */
            comparison: string;
            /**
             * Format: int64
             * @description Figures that were compared, and of how many columns.
             */
            figures: number;
            /** @description The time that was looked at. */
            from?: string | null;
            /**
             * Format: int64
             * @description Rows or alerts behind it.
             */
            n: number;
            /**
             * Format: int32
             * @description Runs in a row in which it was off, this one included. From two on it is told at `/metrics`.
             */
            off_runs: number;
            /** @description What it says, or why nothing can be told. */
            sentence: string;
            /** @description `ok`, `off` or `unknown`. */
            state: string;
            to?: string | null;
        };
        /** @description A notice on its way. */
        DeliveryView: {
            /** @description When it was delivered or given up, or when it is sent next. */
            at: string;
            /** Format: int32 */
            attempts: number;
            decided_at: string;
            /** @description It is the same at each try, so that receivers can drop what they know. */
            key: string;
            last_error?: string | null;
            /** @description Why it was sent, e.g. `first_notification`. */
            reason: string;
            /** @description Kind and place, e.g. `webhook hooks.example.org`. */
            receiver: string;
            route: string;
            /** @description `waiting`, `delivered` or `failed`. */
            state: string;
        };
        /** @description A rehearsal of a drill. Times in it are those of its traffic, unless it says otherwise. */
        DrillView: {
            /** @description What became of each expected alert. */
            expected: components["schemas"]["ExpectedView"][];
            /** @description Alerts that were neither expected nor allowed. */
            false_alarms: components["schemas"]["FalseAlarmView"][];
            /** @description What was wrong in its traffic. */
            faults: components["schemas"]["FaultView"][];
            /** @description Sentences of those that did not come as expected. */
            misses: string[];
            /** @description The scenario's name. */
            name: string;
            /** @description Why it could not be run; null if it was. */
            not_run?: string | null;
            /** @description Whether everything went as expected. */
            passed: boolean;
            /** @description All of it in sentences, what went wrong first. */
            sentences: string[];
            /** @description When it began, by the clock of this server. */
            started_at: string;
            /** Format: double */
            took_seconds: number;
        };
        /** @description A figure with its bounds; all equal when it is exact. */
        Estimate: {
            /** Format: double */
            high: number;
            /**
             * Format: double
             * @description At two standard errors.
             */
            low: number;
            /** Format: double */
            value: number;
        };
        /** @description What backs an alert. */
        EvidenceView: {
            /** @description The alert's id. */
            alert: string;
            model: string;
            /** @description The likely cause first, then up to two more of its monitors. */
            monitors: components["schemas"]["MonitorEvidenceView"][];
            /** @description What could not be told, and why. */
            notes: string[];
        };
        /** @description An alert that a drill expects. */
        ExpectedView: {
            /** @description The monitor that was named as the likely cause. */
            cause?: string | null;
            /**
             * Format: double
             * @description From the beginning of the fault until monitors decided it; waits of routes come after that.
             */
            decided_seconds?: number | null;
            /**
             * Format: double
             * @description From the beginning of the fault until it was told: until its notice was sent.
             */
            delay_seconds?: number | null;
            /**
             * Format: double
             * @description How long its notice then took to the receiver, by the clock of this server.
             */
            delivery_seconds?: number | null;
            /** @description The fault that it tells of, e.g. `f1`. */
            fault: string;
            found: boolean;
            in_time: boolean;
            model: string;
            passed: boolean;
            sentence: string;
            /** @description What it tells, e.g. `missing of input_income`. */
            what: string;
        };
        /** @description The groups of a protected attribute. */
        FairnessAttributeView: {
            /** @description Where predictions have it. */
            columns: string[];
            /** @description What should be equal, and how far it is from that. */
            gaps: components["schemas"]["FairnessGapView"][];
            groups: components["schemas"]["FairnessGroupView"][];
            /** @description E.g. `sex`, or `sex & age_band` for both together. */
            name: string;
            /** @description Groups of fewer than 30 rows; they are the group `other` together. */
            pooled: number;
        };
        /** @description The widest gap between two groups. */
        FairnessGapView: {
            /** @description `demographic_parity`, `equal_opportunity`, `equalised_odds`, `predictive_parity` or `calibration`. */
            criterion: string;
            /** @description Highest minus lowest group; the interval covers all pairs at once. */
            difference: components["schemas"]["RateFigure"];
            /**
             * Format: double
             * @description Largest difference that is allowed.
             */
            difference_max: number;
            highest?: string | null;
            /** @description The groups that are farthest apart by difference. */
            lowest?: string | null;
            ratio?: components["schemas"]["RateFigure"] | null;
            ratio_highest?: string | null;
            /** @description And by ratio: of two rates, the smaller one may have the wider ratio. */
            ratio_lowest?: string | null;
            /**
             * Format: double
             * @description Smallest ratio that is allowed: four fifths.
             */
            ratio_min?: number | null;
            sentence: string;
            /** @description `breach` if the interval lies wholly beyond a bound, `within` if within all, else `open`. */
            verdict: string;
        };
        /** @description One group. */
        FairnessGroupView: {
            /** @description Whether it takes part in comparisons. */
            compared: boolean;
            /** Format: int64 */
            labelled: number;
            /** Format: int64 */
            n: number;
            /** @description `missing` for rows whose group is not known. */
            name: string;
            rates: components["schemas"]["FairnessRateView"][];
        };
        /** @description A rate of a group. */
        FairnessRateView: components["schemas"]["RateFigure"] & {
            /**
             * @description `base_rate`, `selection_rate`, `tpr`, `fpr`, `fnr`, `tnr`, `ppv`, `fdr`, `accuracy`, or `calibration`: mean
             *     score minus base rate.
             */
            name: string;
        };
        /** @description How groups of people fared. */
        FairnessView: {
            /** @description Each protected attribute, then all of them together. */
            attributes: components["schemas"]["FairnessAttributeView"][];
            from: string;
            /**
             * Format: int64
             * @description Those of them whose outcome is known.
             */
            labelled: number;
            model: string;
            /** @description What was left out, and why. */
            notes: string[];
            /** @description The class of those who are selected, as the Model says; null if it does not. */
            positive_class?: string | null;
            /**
             * Format: int64
             * @description Predictions of the time.
             */
            rows: number;
            /** @description The statement that counted, for `POST /v1/sql`; null if nothing could be counted. */
            sql?: string | null;
            to: string;
        };
        /** @description An alert of a drill that should not have come. */
        FalseAlarmView: {
            family: string;
            fired_at: string;
            model: string;
            /** @description The monitors that breached, the likely cause first. */
            monitors: string[];
            sentence: string;
        };
        /** @description A fault of a drill. */
        FaultView: {
            caught: boolean;
            /** @description Whether monitors should tell of it. */
            expected: boolean;
            /** @description What it is, e.g. `null_burst`. */
            fault: string;
            /** @description Its name in the scenario, e.g. `f1`. */
            id: string;
            model: string;
        };
        /** @description A figure with its interval. */
        FigureView: {
            /** Format: double */
            high?: number | null;
            /**
             * Format: double
             * @description Ends of its 95 % interval, where one is known.
             */
            low?: number | null;
            /**
             * Format: int64
             * @description Rows behind it.
             */
            n: number;
            /** Format: double */
            value?: number | null;
        };
        /** @description Likely personal data in one column. All of it was masked. */
        FindingView: {
            column: string;
            first_at: string;
            /** @description How often each kind was masked, e.g. `{"email": 2}`. */
            kinds: {
                [key: string]: number;
            };
            last_at: string;
            /**
             * Format: int64
             * @description Rows of the table since the first finding.
             */
            rows: number;
            /**
             * @description `masked`: single places are. `suspected`: the column is treated as personal until a person
             *     decides. `decided`: a `Model` or `Policy` says what it is.
             */
            state: string;
            table: string;
            /**
             * Format: int64
             * @description Values that were personal and nothing else.
             */
            whole: number;
        };
        /** @description What a flush did. */
        Flushed: {
            flushed: boolean;
        };
        /** @description A frequent value with bounds on its rows. */
        FrequentView: {
            /** Format: int64 */
            high: number;
            /** Format: int64 */
            low: number;
            value: string;
        };
        /** @description State of the server. */
        Health: {
            /** @description `live` or `ready`. */
            status: string;
            /** @description Version of the program. */
            version: string;
        };
        /** @description What an alert was. */
        Judging: {
            /** @description Who says so. */
            by: string;
            /** @description Why: without a reason nobody learns from it. */
            reason: string;
            /** @description `true_positive`, `false_positive`, `expected`, `duplicate` or `missing_data`. */
            verdict: string;
        };
        /** @description One key, as people may see it. */
        KeyView: {
            /** @description The id that its hashes carry. */
            id: string;
            /** @description Whether new hashes are made by it; others serve to find old ones. */
            in_use: boolean;
            /** @description When it was made. */
            made_at: string;
            /** @description What it is for: `subject`, `personal` or `fingerprint`. */
            purpose: string;
        };
        /** @description Likely personal data that was masked in one column. */
        MaskedColumn: {
            /** @description The column, e.g. `input_note`. */
            column: string;
            /** @description How often each kind was masked, e.g. `{"email": 2}`. */
            kinds: {
                [key: string]: number;
            };
            /** @description The table, e.g. `predictions`. */
            table: string;
        };
        /** @description A condition on a label; all of a silence must hold. */
        MatcherView: {
            /** @description The label, e.g. `model`. */
            name: string;
            /** @description Whether it must not match. */
            not?: boolean;
            /** @description Whether `value` is a regular expression. */
            regex?: boolean;
            /** @description The value, or an expression that the whole value must match. */
            value: string;
        };
        /** @description An id that the server gave. */
        MintedId: {
            /** @description A UUIDv7. */
            id: string;
            /**
             * Format: int32
             * @description Position in the request, from 0.
             */
            index: number;
        };
        /** @description How a model's monitors stand. */
        ModelStanding: {
            /** @description Up to when windows are closed. */
            closed?: string | null;
            /** @description Its monitors. */
            monitors: components["schemas"]["MonitorStanding"][];
            /** @description Declared monitors that nothing can be told of: the reference has no such column, segment or outcome. */
            not_watched: string[];
            /** @description The reference, RFC 3339. */
            reference_from: string;
            reference_to: string;
            /** @description `learning` until the reference is complete, then `watching`. */
            state: string;
        };
        /** @description A model. */
        ModelView: {
            first_seen_at: string;
            name: string;
            owner?: string | null;
            /** @description `draft` until a spec is applied, then `registered`. */
            state: string;
            task?: string | null;
            /** @description Rows of each of its tables. */
            volumes: components["schemas"]["VolumeView"][];
        };
        /** @description Where one monitor's figure is worst, and rows that show it. */
        MonitorEvidenceView: {
            column?: string | null;
            /**
             * @description Up to ten predictions that show it: id, time, the column in question, segments and outputs. Texts are cut after
             *     200 characters.
             */
            examples: Record<string, never>[];
            /**
             * @description The time that was looked at: from its onset to its end or the newest closed window, at most the last seven
             *     days of it.
             */
            from: string;
            /** @description Columns in question that are personal, and therefore not shown. */
            hidden: string[];
            measure: string;
            metric?: string | null;
            monitor: string;
            /** @description What could not be told, and why. */
            notes: string[];
            /** @description The part of the reference that it was held against, at most its last seven days. */
            reference_from: string;
            reference_to: string;
            /**
             * Format: int64
             * @description Predictions of that time that are still kept.
             */
            rows: number;
            /**
             * Format: int64
             * @description Rows from which on the value of a segment is told, so that none is of a few people.
             */
            rows_min: number;
            segment: {
                [key: string]: string;
            };
            /** @description Values of segments, the worst first: by how much more they moved than the rest of their segment for certain. */
            segments: components["schemas"]["PartView"][];
            /** @description What it says, with figures. */
            sentence: string;
            /** @description A statement for `POST /v1/sql` that shows more of it. */
            sql?: string | null;
            /** @description Values that were left out for that. */
            suppressed: number;
            to: string;
            whole?: components["schemas"]["ComparedView"] | null;
        };
        /** @description Of one monitor. */
        MonitorScoreView: components["schemas"]["ScoreView"] & {
            model: string;
            monitor: string;
        };
        /** @description How one monitor stands. */
        MonitorStanding: {
            /** @description Breaches that make an alert, among so many windows that tell anything. */
            breaches: number;
            column?: string | null;
            /**
             * Format: double
             * @description How much windows of the reference resemble the ones before.
             */
            correlation: number;
            /**
             * Format: double
             * @description The deviation that matters: a difference, or a ratio.
             */
            material: number;
            measure: string;
            metric?: string | null;
            name: string;
            of: number;
            /** @description The last windows, oldest first. */
            points: components["schemas"]["PointView"][];
            /** @description Windows of the reference that the band was learnt from. */
            reference_windows: number;
            segment: {
                [key: string]: string;
            };
            /** @description What it declares: the spec of a `Monitor` that would do the same. */
            spec: Record<string, never>;
            /** @description `learning`, `ok`, `pending`, `firing` or `unknown`. */
            state: string;
            /** @description Why it told something last, or did not. */
            why: string;
            /**
             * Format: int64
             * @description Length of its windows in seconds.
             */
            window_s: number;
        };
        /** @description What one run said of a model. */
        ObservationView: {
            /** @description When it was run. */
            at: string;
            comparisons: components["schemas"]["ComparisonView"][];
            model: string;
        };
        /** @description One page of a list. */
        Page_AlertView: {
            /** @description The items, in order. */
            items: {
                acknowledged?: components["schemas"]["SignedView"] | null;
                /** @description The likely cause, in a sentence. */
                cause: string;
                changed_at: string;
                /** @description What changed near its onset, nearest first. */
                changes: components["schemas"]["ChangeView"][];
                /** @description The drill that failed, if it is of one: then it has no symptoms. */
                drill?: string | null;
                /** @description `service`, `quality` or `drill`. */
                family: string;
                fired_at: string;
                id: string;
                labels: {
                    [key: string]: string;
                };
                model: string;
                /** @description Start of the first window out of bounds. */
                onset_at: string;
                /**
                 * Format: int32
                 * @description How often it came back within a day after it was over.
                 */
                reopened: number;
                resolved_at?: string | null;
                /** @description `info`, `warning` or `critical`. */
                severity: string;
                /** @description `firing`, `acknowledged`, `unknown`, `recovering` or `resolved`. */
                state: string;
                /** @description Its reasons, the likely cause first. */
                symptoms: components["schemas"]["SymptomView"][];
                verdict?: components["schemas"]["VerdictView"] | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_DrillView: {
            /** @description The items, in order. */
            items: {
                /** @description What became of each expected alert. */
                expected: components["schemas"]["ExpectedView"][];
                /** @description Alerts that were neither expected nor allowed. */
                false_alarms: components["schemas"]["FalseAlarmView"][];
                /** @description What was wrong in its traffic. */
                faults: components["schemas"]["FaultView"][];
                /** @description Sentences of those that did not come as expected. */
                misses: string[];
                /** @description The scenario's name. */
                name: string;
                /** @description Why it could not be run; null if it was. */
                not_run?: string | null;
                /** @description Whether everything went as expected. */
                passed: boolean;
                /** @description All of it in sentences, what went wrong first. */
                sentences: string[];
                /** @description When it began, by the clock of this server. */
                started_at: string;
                /** Format: double */
                took_seconds: number;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ModelView: {
            /** @description The items, in order. */
            items: {
                first_seen_at: string;
                name: string;
                owner?: string | null;
                /** @description `draft` until a spec is applied, then `registered`. */
                state: string;
                task?: string | null;
                /** @description Rows of each of its tables. */
                volumes: components["schemas"]["VolumeView"][];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ObservationView: {
            /** @description The items, in order. */
            items: {
                /** @description When it was run. */
                at: string;
                comparisons: components["schemas"]["ComparisonView"][];
                model: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PlannedView: {
            /** @description The items, in order. */
            items: {
                /** @description When it is rehearsed next; one at a time, so that it may have to wait. */
                due_at: string;
                /**
                 * Format: double
                 * @description From one rehearsal to the next.
                 */
                every_seconds: number;
                /** @description When its last rehearsal began; null if there was none. */
                last_started_at?: string | null;
                /** @description The scenario's name. */
                name: string;
                /** @description Since when it runs; null if it does not. */
                running_since?: string | null;
                /** @description `waiting` for its time, `asked` for by somebody, or `running`. */
                state: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_QuarantinedRow: {
            /** @description The items, in order. */
            items: {
                code: string;
                id: string;
                kind?: string | null;
                message: string;
                model?: string | null;
                /** @description The row as sent, except what may not be stored in clear. */
                raw: string;
                received_at: string;
                /** @description When it was replayed with success. */
                replayed_at?: string | null;
                /** Format: int64 */
                row: number;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Receipt: {
            /** @description The items, in order. */
            items: {
                /** @description When it was asked for. */
                asked_at: string;
                /** @description When the last trace was gone. */
                done_at: string;
                /**
                 * Format: int64
                 * @description Data files that were written anew or dropped.
                 */
                files: number;
                /**
                 * Format: int64
                 * @description Files of old versions that were deleted.
                 */
                history_files: number;
                /** @description Its id. */
                id: string;
                /**
                 * Format: int64
                 * @description The log holds nothing up to this record any more.
                 */
                log_through: number;
                /** @description The model it was limited to; null for all. */
                model?: string | null;
                /** @description Whether an earlier attempt was cut off or failed, so that rows of that one are not counted. */
                resumed: boolean;
                /**
                 * Format: int64
                 * @description Rows that went, all stores together.
                 */
                rows: number;
                /**
                 * Format: int64
                 * @description Damaged pieces, set aside by repairs, that were deleted because they may hold rows.
                 */
                set_aside_files: number;
                /** @description Rows that went, by table, e.g. `loan.predictions` or `quarantine`. */
                tables: {
                    [key: string]: number;
                };
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_SilenceView: {
            /** @description The items, in order. */
            items: {
                by?: string | null;
                from: string;
                /** @description Whether it is a maintenance, in which windows tell nothing; left out if not. */
                maintenance?: boolean;
                matchers: components["schemas"]["MatcherView"][];
                name: string;
                /** @description `pending`, `active` or `expired`. */
                state: string;
                to: string;
                why: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_SpecView: {
            /** @description The items, in order. */
            items: {
                at: string;
                author: string;
                deleted: boolean;
                kind: string;
                name: string;
                object: Record<string, never>;
                /** Format: int32 */
                revision: number;
                why: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_TokenView: {
            /** @description The items, in order. */
            items: {
                /** @description When it was made. */
                created_at: string;
                /** @description When it ends. */
                expires_at?: string | null;
                /** @description Names it in lists and for revocation. */
                id: string;
                /** @description What it is for. */
                name: string;
                /** @description Its first characters, to tell tokens apart. */
                prefix: string;
                /** @description When it was revoked. */
                revoked_at?: string | null;
                /** @description What it allows. */
                scopes: string[];
                /** @description The token itself, shown only once, when it is made. */
                token?: string | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_VersionView: {
            /** @description The items, in order. */
            items: {
                environment: string;
                first_seen_at: string;
                /** @description Whether somebody registered it, or it was only seen in events. */
                registered: boolean;
                version: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last. */
            next_cursor?: string | null;
        };
        /** @description The rows with one value of a segment. */
        PartView: components["schemas"]["ComparedView"] & {
            /** @description Whether chance does not explain that, all values considered; of drift, whether it matters. */
            apart: boolean;
            /**
             * Format: double
             * @description How much more it moved than the rest of the segment's rows: a difference, or a ratio of latencies and counts.
             */
            excess: number;
            /** @description The segment, e.g. `region`. */
            segment: string;
            /** @description Its value, e.g. `north`. */
            value: string;
        };
        /** @description A drill with a schedule. */
        PlannedView: {
            /** @description When it is rehearsed next; one at a time, so that it may have to wait. */
            due_at: string;
            /**
             * Format: double
             * @description From one rehearsal to the next.
             */
            every_seconds: number;
            /** @description When its last rehearsal began; null if there was none. */
            last_started_at?: string | null;
            /** @description The scenario's name. */
            name: string;
            /** @description Since when it runs; null if it does not. */
            running_since?: string | null;
            /** @description `waiting` for its time, `asked` for by somebody, or `running`. */
            state: string;
        };
        /** @description One window of a monitor. */
        PointView: {
            band?: components["schemas"]["BandView"] | null;
            before?: components["schemas"]["BeforeView"] | null;
            breach: boolean;
            from: string;
            /** Format: double */
            high?: number | null;
            /** Format: double */
            low?: number | null;
            /** Format: int64 */
            n: number;
            /**
             * Format: double
             * @description After correction over the model's monitors.
             */
            p_value?: number | null;
            /** @description Whether it fell into a declared maintenance, so that it tells nothing; left out if not. */
            suppressed?: boolean;
            to: string;
            /** Format: double */
            value?: number | null;
        };
        /** @description What went wrong with a request. */
        Problem: {
            /** @description Stable code. */
            code: string;
            /** @description One sentence. */
            detail: string;
            /** @description How to mend it; may be empty. */
            hint: string;
            /**
             * Format: int32
             * @description HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description A page about this code. */
            type: string;
        };
        /** @description The profile of one column in one window. */
        ProfileView: {
            bins?: components["schemas"]["BinsView"] | null;
            column: string;
            distinct?: components["schemas"]["Estimate"] | null;
            /** @description The most frequent values. */
            frequent: components["schemas"]["FrequentView"][];
            from: string;
            /**
             * @description Share of the finite numbers in each bin between the edges that were asked for, the first and the
             *     last open; each is within twice `rank_error`.
             */
            histogram?: number[] | null;
            /**
             * Format: int64
             * @description Rows of either infinity.
             */
            infinities: number;
            /** Format: double */
            max?: number | null;
            /**
             * Format: double
             * @description Of the finite values; of texts, of their lengths in characters, as are the next three.
             */
            mean?: number | null;
            /** Format: double */
            min?: number | null;
            /**
             * Format: int64
             * @description Rows that are not a number.
             */
            nans: number;
            /**
             * Format: int64
             * @description Rows without a value.
             */
            nulls: number;
            /** @description Quantiles of numbers by rank; their ranks are within `rank_error` at 99 % confidence. */
            quantiles: Record<string, never>;
            /**
             * Format: double
             * @description 0 when the quantiles are exact.
             */
            rank_error: number;
            /**
             * Format: int64
             * @description Rows, missing ones included; exact, as are the next three.
             */
            rows: number;
            /**
             * @description Value of the segment that was asked for; null for rows without one. Values that are not kept
             *     apart are `other`.
             */
            segment_value?: string | null;
            /**
             * Format: double
             * @description Of the sample, divisor n − 1.
             */
            std?: number | null;
            to: string;
            /** @description `boolean`, `number`, `time`, `text` or `opaque`. Times are microseconds since 1970 below. */
            type: string;
        };
        /** @description Profiles, in the order of columns, values and time. */
        Profiles: {
            items: components["schemas"]["ProfileView"][];
        };
        /** @description A rejected row. */
        QuarantinedRow: {
            code: string;
            id: string;
            kind?: string | null;
            message: string;
            model?: string | null;
            /** @description The row as sent, except what may not be stored in clear. */
            raw: string;
            received_at: string;
            /** @description When it was replayed with success. */
            replayed_at?: string | null;
            /** Format: int64 */
            row: number;
        };
        /** @description A figure with its 95 % interval. */
        RateFigure: {
            /** Format: double */
            high?: number | null;
            /** Format: double */
            low?: number | null;
            /**
             * Format: int64
             * @description Rows behind it.
             */
            n: number;
            /** @description `ok`, `too_few` or `undefined`. */
            status: string;
            /** Format: double */
            value?: number | null;
        };
        /** @description Which days to make anew. */
        RebuildRange: {
            /** @description From the day of this time on, RFC 3339, UTC. */
            from: string;
            reference?: components["schemas"]["Reference"] | null;
            /** @description Up to this time; its day is in unless it is midnight. */
            to: string;
        };
        /** @description How far a rebuild is. */
        RebuildView: {
            /** @description Days that have rows in the range. */
            days: number;
            /** @description Days whose profiles are new. */
            days_done: number;
            /** @description Why it stopped before its end. */
            error?: string | null;
            running: boolean;
        };
        /** @description What an erasure did. */
        Receipt: {
            /** @description When it was asked for. */
            asked_at: string;
            /** @description When the last trace was gone. */
            done_at: string;
            /**
             * Format: int64
             * @description Data files that were written anew or dropped.
             */
            files: number;
            /**
             * Format: int64
             * @description Files of old versions that were deleted.
             */
            history_files: number;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description The log holds nothing up to this record any more.
             */
            log_through: number;
            /** @description The model it was limited to; null for all. */
            model?: string | null;
            /** @description Whether an earlier attempt was cut off or failed, so that rows of that one are not counted. */
            resumed: boolean;
            /**
             * Format: int64
             * @description Rows that went, all stores together.
             */
            rows: number;
            /**
             * Format: int64
             * @description Damaged pieces, set aside by repairs, that were deleted because they may hold rows.
             */
            set_aside_files: number;
            /** @description Rows that went, by table, e.g. `loan.predictions` or `quarantine`. */
            tables: {
                [key: string]: number;
            };
        };
        /** @description The time of a reference; whole days, UTC. */
        Reference: {
            from: string;
            to: string;
        };
        /** @description One rejected row. */
        RejectedRow: {
            /** @description Stable code. */
            code: string;
            /**
             * Format: int32
             * @description Position in the request, from 0.
             */
            index: number;
            /** @description One sentence. */
            message: string;
        };
        /** @description What a replay did. */
        Replayed: {
            /**
             * Format: int32
             * @description Rows that are stored now.
             */
            accepted: number;
            /** Format: int32 */
            duplicates: number;
            /**
             * Format: int32
             * @description Rows that were rejected once more; they are in the quarantine anew.
             */
            rejected: number;
            /**
             * Format: int32
             * @description Rows tried.
             */
            rows: number;
        };
        /** @description What became of a request. */
        Reply: {
            /**
             * Format: int32
             * @description Rows that are stored now and were not before.
             */
            accepted: number;
            /**
             * Format: int32
             * @description Rows whose id was stored before.
             */
            duplicates: number;
            /** @description Ids that the server gave to rows without one. */
            ids: components["schemas"]["MintedId"][];
            /** @description Columns in which likely personal data was masked, the first 100. */
            masked?: components["schemas"]["MaskedColumn"][];
            /** @description Rows that were rejected, the first 1,000; all of them are in the quarantine. */
            rejected: components["schemas"]["RejectedRow"][];
            /**
             * Format: int32
             * @description How many rows were rejected.
             */
            rejected_count: number;
        };
        /** @description Of one route. Which alerts it told is known as long as their notices are kept: 30 days after they were delivered. */
        RouteScoreView: components["schemas"]["ScoreView"] & {
            route: string;
        };
        /** @description One version of a schema. */
        SchemaStep: {
            at: string;
            changes: Record<string, never>[];
            /** Format: int32 */
            version: number;
            why: string;
        };
        /** @description Current schema of one table, and how it came to be. */
        SchemaView: {
            columns: Record<string, never>[];
            history: components["schemas"]["SchemaStep"][];
            table: string;
            /** Format: int32 */
            version: number;
        };
        /** @description Alerts by their last verdict, and what follows from them. */
        ScoreView: {
            /** Format: int64 */
            alerts: number;
            /** Format: int64 */
            duplicate: number;
            /** Format: int64 */
            expected: number;
            /** Format: int64 */
            false_positive: number;
            /**
             * Format: int64
             * @description Those with a verdict.
             */
            judged: number;
            /** Format: int64 */
            missing_data: number;
            /** @description True ones among those called true or false; the others are neither. */
            precision: components["schemas"]["ShareView"];
            /** @description Faults of drills that it told in time, among those that it should have told. */
            recall: components["schemas"]["ShareView"];
            /** Format: int64 */
            true_positive: number;
        };
        /** @description How often monitors and routes are right. */
        ScoresView: {
            /** @description All alerts, and all faults of drills that somebody should have told. */
            all: components["schemas"]["ScoreView"];
            /** @description Rehearsals of drills that were looked at; of each drill the newest counts. */
            drills: number;
            /** @description Whether there are more than the newest 5,000 alerts, 1,000 rehearsals or 1,000 monitors, which were left out. */
            left_out: boolean;
            /** @description Monitors that led an alert or should have told a fault of a drill; those with most alerts first, at most 1,000. */
            monitors: components["schemas"]["MonitorScoreView"][];
            /** @description Routes that are declared, or told an alert. */
            routes: components["schemas"]["RouteScoreView"][];
        };
        /** @description A share with Wilson's 95 % interval. */
        ShareView: {
            /** Format: double */
            high?: number | null;
            /** Format: double */
            low?: number | null;
            /**
             * Format: int64
             * @description Alerts or faults behind it.
             */
            n: number;
            /**
             * Format: double
             * @description Null if there is nothing to tell it from.
             */
            value?: number | null;
        };
        /** @description Who, when and why. */
        SignedView: {
            at: string;
            by: string;
            why: string;
        };
        /** @description A silence to be made. */
        SilenceRequest: {
            /** @description Who asks for it. */
            by?: string | null;
            /** @description From when on, RFC 3339; at once if absent. */
            from?: string | null;
            /**
             * @description Whether it is a maintenance: windows that overlap it tell nothing. It selects by `model`, which it must, and
             *     `family`, `measure` and `column`.
             */
            maintenance?: boolean;
            matchers: components["schemas"]["MatcherView"][];
            /** @description Its name; a fresh one if absent. An existing silence of the name is replaced. */
            name?: string | null;
            /** @description Until when, RFC 3339. */
            to: string;
            /** @description Why. */
            why: string;
        };
        /** @description A silence. */
        SilenceView: {
            by?: string | null;
            from: string;
            /** @description Whether it is a maintenance, in which windows tell nothing; left out if not. */
            maintenance?: boolean;
            matchers: components["schemas"]["MatcherView"][];
            name: string;
            /** @description `pending`, `active` or `expired`. */
            state: string;
            to: string;
            why: string;
        };
        /** @description What a `PUT` did, or would do. */
        SpecChange: {
            changed: boolean;
            diff: Record<string, never>[];
            dry_run: boolean;
            /** @description Columns whose stored values contradict the declared type, so that they keep theirs. */
            kept: string[];
            kind: string;
            name: string;
            /**
             * Format: int32
             * @description The revision now; with `dry_run` the one that stays.
             */
            revision: number;
        };
        /** @description A stored object at one revision. */
        SpecView: {
            at: string;
            author: string;
            deleted: boolean;
            kind: string;
            name: string;
            object: Record<string, never>;
            /** Format: int32 */
            revision: number;
            why: string;
        };
        /** @description An answer as JSON. */
        SqlAnswer: {
            columns: components["schemas"]["SqlColumn"][];
            /** Format: double */
            elapsed_ms: number;
            /** Format: int64 */
            row_count: number;
            /** @description One list of values a row, in the columns' order. */
            rows: Record<string, never>[][];
            /** Format: int64 */
            scanned_files: number;
            /** Format: int64 */
            scanned_rows: number;
            /** @description Whether there were more rows than the limit. */
            truncated: boolean;
        };
        /** @description A column of an answer. */
        SqlColumn: {
            name: string;
            type: string;
        };
        /** @description A statement and, if need be, narrower limits than the server's. */
        SqlRequest: {
            /**
             * Format: int64
             * @description Most rows of the answer.
             */
            max_rows?: number | null;
            /** @description Only rows that may be used for this purpose, as a `Policy` names it. */
            purpose?: string | null;
            /**
             * @description One `SELECT`, `SHOW TABLES`, `DESCRIBE` or `EXPLAIN`.
             * @example SELECT model, count(*) FROM predictions GROUP BY model
             */
            sql: string;
            /**
             * Format: int64
             * @description Longest it may run, in milliseconds.
             */
            timeout_ms?: number | null;
        };
        /** @description A step in an alert's history. */
        StepView: {
            at: string;
            details: Record<string, never>;
            /** Format: int64 */
            number: number;
            /**
             * @description `fired`, `grew`, `recovering`, `relapsed`, `lost`, `found`, `resolved`, `reopened`, `acknowledged` or
             *     `judged`.
             */
            step: string;
        };
        /** @description A monitor that is out of bounds for long enough. */
        SymptomView: {
            column?: string | null;
            measure: string;
            metric?: string | null;
            monitor: string;
            onset_at: string;
            over_at?: string | null;
            /** @description The last windows, oldest first; left out in lists. */
            points?: components["schemas"]["PointView"][];
            segment: {
                [key: string]: string;
            };
            /** @description What it says, with figures. */
            sentence: string;
            severity: string;
            sustained_at: string;
        };
        /** @description A token to be made. */
        TokenRequest: {
            /** @description When it ends, RFC 3339; never if absent. */
            expires_at?: string | null;
            /** @description What it is for. */
            name: string;
            /** @description `ingest`, `read`, `admin`. */
            scopes: string[];
        };
        /** @description A token as it is listed. */
        TokenView: {
            /** @description When it was made. */
            created_at: string;
            /** @description When it ends. */
            expires_at?: string | null;
            /** @description Names it in lists and for revocation. */
            id: string;
            /** @description What it is for. */
            name: string;
            /** @description Its first characters, to tell tokens apart. */
            prefix: string;
            /** @description When it was revoked. */
            revoked_at?: string | null;
            /** @description What it allows. */
            scopes: string[];
            /** @description The token itself, shown only once, when it is made. */
            token?: string | null;
        };
        /** @description What people say that it was. */
        VerdictView: {
            at: string;
            by: string;
            reason: string;
            /** @description `true_positive`, `false_positive`, `expected`, `duplicate` or `missing_data`. */
            verdict: string;
        };
        /** @description A version of a model as it was seen. */
        VersionView: {
            environment: string;
            first_seen_at: string;
            /** @description Whether somebody registered it, or it was only seen in events. */
            registered: boolean;
            version: string;
        };
        /** @description Counts of one table. */
        VolumeView: {
            /** Format: int64 */
            files: number;
            /** @description Earliest and latest event time of the rows in the lake. */
            from?: string | null;
            /** Format: int64 */
            hot_rows: number;
            /** Format: int64 */
            lake_bytes: number;
            /** Format: int64 */
            lake_rows: number;
            /** @description Where other engines find the Delta table. */
            location: string;
            /**
             * Format: int64
             * @description All rows: in the lake and still in the log.
             */
            rows: number;
            table: string;
            to?: string | null;
        };
        /** @description How monitors stood at an instant, and the alerts of then. */
        Why: {
            /** @description Alerts that went on, as they were told last. */
            alerts: Record<string, never>[];
            /** @description The end of the last window that was closed by then. */
            at: string;
            model: string;
            /** @description Each monitor in a sentence: value, band, persistence; those that tell something first. */
            monitors: components["schemas"]["WhyMonitor"][];
        };
        /** @description A monitor in a sentence. */
        WhyMonitor: {
            name: string;
            state: string;
            why: string;
        };
        /** @description Why people were told of an alert, or not, at an instant. */
        WhyPage: {
            /** @description The instant. */
            at: string;
            /** @description One answer for each route. */
            items: components["schemas"]["WhyView"][];
            next_cursor?: string | null;
            /** @description What the records of that time do not tell, in sentences; left out if they tell everything. */
            not_recorded?: string[];
        };
        /** @description Why a route told of an alert, or not. */
        WhyView: {
            route: string;
            /** @description In a sentence, with who could not be reached and why. */
            sentence: string;
            /** @description When it was told first. */
            told_at?: string | null;
            /** @description Until when nothing is told, if that is known. */
            until?: string | null;
            /** @description In a word, e.g. `told`, `silenced` or `no_match`. */
            verdict: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    alertmanager_list_alerts: {
        parameters: {
            query?: {
                filter?: string[];
                receiver?: string;
                active?: boolean;
                silenced?: boolean;
                inhibited?: boolean;
                unprocessed?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown[];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_groups: {
        parameters: {
            query?: {
                filter?: string[];
                receiver?: string;
                active?: boolean;
                silenced?: boolean;
                inhibited?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown[];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_receivers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown[];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_silence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alertmanager_end_silence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alertmanager_list_silences: {
        parameters: {
            query?: {
                filter?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown[];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alertmanager_create_silence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_alerts: {
        parameters: {
            query?: {
                /** @description Of this model. */
                model?: string;
                /** @description `firing`, `acknowledged` (it fires, and somebody looks after it), `unknown`, `recovering` or `resolved`. */
                state?: string;
                /** @description `info`, `warning` or `critical`. */
                severity?: string;
                /** @description That still went on then, RFC 3339. */
                from?: string;
                /** @description That had fired before then, RFC 3339. */
                to?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlertView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_scores: {
        parameters: {
            query?: {
                /** @description Of this model. */
                model?: string;
                /** @description Alerts that still went on then, and drills that began since, RFC 3339. */
                from?: string;
                /** @description Alerts that had fired, and drills that had begun, before then, RFC 3339. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoresView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acknowledging"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_evidence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidenceView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    judge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Judging"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    why_of_alert: {
        parameters: {
            query?: {
                /** @description RFC 3339; now if absent. */
                at?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyPage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_backtest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backtest"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_drills: {
        parameters: {
            query?: {
                /** @description Of this drill, by its scenario's name. */
                name?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DrillView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PlannedView"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rehearse: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlannedView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_erasures: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Receipt"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Asked"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_events: {
        parameters: {
            query?: never;
            header?: {
                /** @description W3C trace context, for events that name no trace */
                traceparent?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description One event a line */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    flush: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flushed"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"][];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `subject` or `personal` */
                purpose: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ModelView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_effects: {
        parameters: {
            query?: {
                /** @description Name of a `Model` spec whose `columns` say what each column of the file is. */
                mapping?: string;
            };
            header?: {
                /** @description W3C trace context, for events that name no trace */
                traceparent?: string | null;
            };
            path: {
                /** @description Model name */
                model: string;
            };
            cookie?: never;
        };
        /** @description One event a line */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_fairness: {
        parameters: {
            query?: {
                /** @description From this time on, RFC 3339; 30 days before `to` if absent. */
                from?: string;
                /** @description Before this time, RFC 3339; now if absent. */
                to?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FairnessView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_feedback: {
        parameters: {
            query?: {
                /** @description Name of a `Model` spec whose `columns` say what each column of the file is. */
                mapping?: string;
            };
            header?: {
                /** @description W3C trace context, for events that name no trace */
                traceparent?: string | null;
            };
            path: {
                /** @description Model name */
                model: string;
            };
            cookie?: never;
        };
        /** @description One event a line */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_monitors: {
        parameters: {
            query?: {
                /** @description Only so many windows, the newest that tell a value; all that are kept if absent. */
                newest?: number;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelStanding"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_outcomes: {
        parameters: {
            query?: {
                /** @description Name of a `Model` spec whose `columns` say what each column of the file is. */
                mapping?: string;
            };
            header?: {
                /** @description W3C trace context, for events that name no trace */
                traceparent?: string | null;
            };
            path: {
                /** @description Model name */
                model: string;
            };
            cookie?: never;
        };
        /** @description One event a line */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_predictions: {
        parameters: {
            query?: {
                /** @description Name of a `Model` spec whose `columns` say what each column of the file is. */
                mapping?: string;
            };
            header?: {
                /** @description W3C trace context, for events that name no trace */
                traceparent?: string | null;
            };
            path: {
                /** @description Model name */
                model: string;
            };
            cookie?: never;
        };
        /** @description One event a line */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_privacy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingView"][];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_profiles: {
        parameters: {
            query: {
                /** @description Windows that begin at or after this, RFC 3339. */
                from: string;
                /** @description Windows that begin before this, RFC 3339. */
                to: string;
                /** @description Length of the windows: `5m`, `1h` (default) or `1d`. */
                grain?: string;
                /** @description One column, e.g. `input_income`; all if absent. */
                column?: string;
                /** @description By the values of this segment, e.g. `region`; all rows together if absent. */
                segment?: string;
                /** @description Of `prediction` (default), `outcome`, `feedback` or `effect` events. */
                kind?: string;
                /** @description Edges of a histogram of numbers, ascending, with commas between. */
                edges?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profiles"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_rebuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rebuild_profiles: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RebuildRange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_proposal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_schema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchemaView"][];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_versions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_VersionView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_volumes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumeView"][];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    why_of_model: {
        parameters: {
            query?: {
                /** @description RFC 3339; now if absent. */
                at?: string;
            };
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Why"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_observations: {
        parameters: {
            query?: {
                /** @description Those of this model, the newest first, one a day; without it the newest of each model. */
                model?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ObservationView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_observer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Asked"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObservationView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_quarantine: {
        parameters: {
            query?: {
                /** @description One model's. */
                model?: string;
                /** @description One code's, e.g. `type_mismatch`. */
                code?: string;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_QuarantinedRow"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_quarantine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Choice"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_silences: {
        parameters: {
            query?: {
                /** @description Also those that ended in the last days, and maintenances that ended as long ago as alerts are kept. */
                expired?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SilenceView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_silence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SilenceRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SilenceView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_silence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_all_specs: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SpecView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_specs: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path: {
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SpecView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_spec: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpecView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_spec: {
        parameters: {
            query?: {
                /** @description Only tell the difference. */
                dry_run?: boolean;
                /** @description Why, for the history. */
                why?: string;
            };
            header?: never;
            path: {
                kind: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpecChange"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_spec: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    spec_history: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SpecView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_sql: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SqlRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SqlAnswer"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream: {
        parameters: {
            query?: {
                /** @description One model's rows only. */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Most items, up to 1,000; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TokenView"];
                };
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body's type or packing is not known */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not what this address takes */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is missing, unknown, expired or revoked */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or another site asks */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Busy; try again after the time in Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
