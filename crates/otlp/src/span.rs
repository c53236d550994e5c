//! Spans as both forms of OTLP tell them, borrowed from the body.

use crate::value::{Attributes, Value, attribute};
use crate::wire::{Broken, Fields, Wire};
use std::borrow::Cow;

/// One span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Span<'a> {
    pub(crate) trace_id: Cow<'a, [u8]>,
    pub(crate) span_id: Cow<'a, [u8]>,
    pub(crate) parent_span_id: Cow<'a, [u8]>,
    pub(crate) trace_state: Cow<'a, str>,
    pub(crate) flags: u32,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: u64,
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) events: Vec<Event<'a>>,
    pub(crate) links: Vec<Link<'a>>,
    /// What the sender left out: attributes, events and links together.
    pub(crate) dropped: u64,
    pub(crate) status_code: u64,
    pub(crate) status_message: Cow<'a, str>,
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Event<'a> {
    pub(crate) time_ns: u64,
    pub(crate) name: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) dropped: u64,
}

/// Another span that a span refers to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Link<'a> {
    pub(crate) trace_id: Cow<'a, [u8]>,
    pub(crate) span_id: Cow<'a, [u8]>,
    pub(crate) trace_state: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) dropped: u64,
}

/// What made spans: a service, or the library of it that watches.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Maker<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
}

impl<'a> Span<'a> {
    /// Reads a `Span`; values of attributes may be nested `depth` deep.
    pub(crate) fn read(message: &'a [u8], depth: usize) -> Result<Self, Broken> {
        let mut span = Self::default();
        for field in Fields::of(message) {
            let (number, wire) = field?;
            match number {
                1 => span.trace_id = wire.bytes()?.into(),
                2 => span.span_id = wire.bytes()?.into(),
                3 => span.trace_state = wire.text()?.into(),
                4 => span.parent_span_id = wire.bytes()?.into(),
                5 => span.name = wire.text()?.into(),
                6 => span.kind = wire.number()?,
                7 => span.start_ns = wire.number()?,
                8 => span.end_ns = wire.number()?,
                9 => span.attributes.push(attribute(wire.bytes()?, depth)?),
                11 => span.events.push(Event::read(wire.bytes()?, depth)?),
                13 => span.links.push(Link::read(wire.bytes()?, depth)?),
                10 | 12 | 14 => span.dropped = span.dropped.saturating_add(wire.number()?),
                15 => span.read_status(wire)?,
                16 => span.flags = u32::try_from(wire.number()?).unwrap_or(0),
                _ => {}
            }
        }
        Ok(span)
    }

    fn read_status(&mut self, wire: Wire<'a>) -> Result<(), Broken> {
        for field in Fields::of(wire.bytes()?) {
            match field? {
                (2, wire) => self.status_message = wire.text()?.into(),
                (3, wire) => self.status_code = wire.number()?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Event<'a> {
    fn read(message: &'a [u8], depth: usize) -> Result<Self, Broken> {
        let mut event = Self::default();
        for field in Fields::of(message) {
            match field? {
                (1, wire) => event.time_ns = wire.number()?,
                (2, wire) => event.name = wire.text()?.into(),
                (3, wire) => event.attributes.push(attribute(wire.bytes()?, depth)?),
                (4, wire) => event.dropped = wire.number()?,
                _ => {}
            }
        }
        Ok(event)
    }
}

impl<'a> Link<'a> {
    fn read(message: &'a [u8], depth: usize) -> Result<Self, Broken> {
        let mut link = Self::default();
        for field in Fields::of(message) {
            match field? {
                (1, wire) => link.trace_id = wire.bytes()?.into(),
                (2, wire) => link.span_id = wire.bytes()?.into(),
                (3, wire) => link.trace_state = wire.text()?.into(),
                (4, wire) => link.attributes.push(attribute(wire.bytes()?, depth)?),
                (5, wire) => link.dropped = wire.number()?,
                _ => {}
            }
        }
        Ok(link)
    }
}

impl<'a> Maker<'a> {
    /// Reads a `Resource`, which has attributes only.
    pub(crate) fn resource(message: &'a [u8], depth: usize) -> Result<Self, Broken> {
        let mut maker = Self::default();
        for field in Fields::of(message) {
            if let (1, wire) = field? {
                maker.attributes.push(attribute(wire.bytes()?, depth)?);
            }
        }
        Ok(maker)
    }

    /// Reads an `InstrumentationScope`.
    pub(crate) fn scope(message: &'a [u8], depth: usize) -> Result<Self, Broken> {
        let mut maker = Self::default();
        for field in Fields::of(message) {
            match field? {
                (1, wire) => maker.name = wire.text()?.into(),
                (2, wire) => maker.version = wire.text()?.into(),
                (3, wire) => maker.attributes.push(attribute(wire.bytes()?, depth)?),
                _ => {}
            }
        }
        Ok(maker)
    }

    /// The text of the first of `names` that has one.
    pub(crate) fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let found = self.attributes.iter().find(|(key, _)| key == name);
            found.and_then(|(_, value)| value.as_text())
        })
    }
}

/// An identifier of `N` bytes as lower-case hexadecimal digits; `None` if it is none, or all zero.
pub(crate) fn hex<const N: usize>(id: &[u8]) -> Option<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if id.len() != N || id.iter().all(|b| *b == 0) {
        return None;
    }
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    Some(id.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect())
}

impl Value<'_> {
    /// How deep it is nested: 1 for what holds no others.
    pub(crate) fn depth(&self) -> usize {
        let below = match self {
            Value::List(values) => values.iter().map(Value::depth).max(),
            Value::Map(values) => values.iter().map(|(_, value)| value.depth()).max(),
            _ => None,
        };
        1 + below.unwrap_or(0)
    }
}
