//! Exports of traces among the requests that are decoded together.

use candor_contract::{Admission, Code, Fault, Kind};
use candor_otlp::{Decoder, Form, Rules};

/// Decodes exports into shared columns; costs nothing while there are none.
pub(super) struct Traces<'a> {
    rules: Option<Rules<'a>>,
    decoder: Option<Decoder<'a>>,
}

impl<'a> Traces<'a> {
    pub(super) fn new(rules: Rules<'a>) -> Self {
        Self {
            rules: Some(rules),
            decoder: None,
        }
    }

    /// Decodes one export as the next request of the admission.
    pub(super) fn add(&mut self, admission: &mut Admission<'_>, body: &[u8], form: Form) {
        let request = admission.begin();
        if let Some(rules) = self.rules.take() {
            self.decoder = Some(Decoder::new(rules));
        }
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        match decoder.add(request, body, form) {
            Ok(spans) => admission.brought(request, spans),
            Err(reason) => admission.unreadable(request, &reason),
        }
    }

    /// Hands all rows to the admission; how many attributes of content were left out.
    pub(super) fn finish(self, admission: &mut Admission<'_>) -> u64 {
        let Some(decoder) = self.decoder else {
            return 0;
        };
        let decoded = decoder.finish();
        for refused in decoded.refused {
            admission.refuse_row(refused.origin, refused.fault, &refused.raw);
        }
        if let Some(spans) = decoded.spans
            && let Err(reason) = admission.add_spans(&spans.batch, &spans.origins)
        {
            tracing::error!(reason, "spans do not fit their table");
            for origin in spans.origins {
                let fault = Fault {
                    code: Code::MalformedRow,
                    message: reason.clone(),
                };
                admission.refuse_row(origin, fault, "{}");
            }
        }
        for (model, columns) in decoded.predictions {
            admission.add_events(&model, Kind::Prediction, &columns.batch, &columns.origins);
        }
        decoded.content_dropped
    }
}
