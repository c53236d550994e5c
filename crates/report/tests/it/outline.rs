//! A page taken apart: its elements with their attributes and texts. Whatever is not well-formed fails.

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;

/// An element.
#[derive(Debug)]
pub struct Element {
    pub tag: String,
    pub attributes: BTreeMap<String, String>,
    /// Tags of the elements around it, outermost first.
    pub around: Vec<String>,
    /// Tags of its children, in order.
    pub children: Vec<String>,
    /// All text in it.
    pub text: String,
}

/// Elements in the order in which they open.
pub fn of(page: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|error| {
            panic!("{error} at {}", reader.error_position());
        });
        match event {
            Event::Start(start) => {
                let at = push(&mut elements, &open, &start);
                open.push(at);
            }
            Event::Empty(start) => {
                push(&mut elements, &open, &start);
            }
            Event::End(_) => {
                open.pop().unwrap();
            }
            Event::Text(text) => {
                let text = text.decode().unwrap();
                open.iter()
                    .for_each(|at| elements[*at].text.push_str(&text));
            }
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().unwrap());
                let text = unescape(&entity).unwrap();
                open.iter()
                    .for_each(|at| elements[*at].text.push_str(&text));
            }
            Event::DocType(_) => assert!(elements.is_empty()),
            Event::Eof => break,
            other => panic!("{other:?} in a page"),
        }
    }
    assert!(open.is_empty(), "elements that do not close");
    elements
}

fn push(elements: &mut Vec<Element>, open: &[usize], start: &BytesStart<'_>) -> usize {
    let tag = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
    let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        let value = std::str::from_utf8(&attribute.value).unwrap();
        (key, unescape(value).unwrap().into_owned())
    };
    if let Some(parent) = open.last() {
        elements[*parent].children.push(tag.clone());
    }
    elements.push(Element {
        attributes: start.attributes().map(attribute).collect(),
        around: open.iter().map(|at| elements[*at].tag.clone()).collect(),
        children: Vec::new(),
        text: String::new(),
        tag,
    });
    elements.len() - 1
}
