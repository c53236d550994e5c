//! What customers ask, and what the assistant says. Nothing in it concerns a real person.

use crate::random::Random;

const PRODUCTS: [&str; 8] = [
    "running shoes",
    "rain jacket",
    "desk lamp",
    "headphones",
    "coffee grinder",
    "yoga mat",
    "backpack",
    "garden chair",
];
const WAYS: [&str; 4] = ["", "Hello, ", "Hi there, ", "Please help: "];
const ENDS: [&str; 4] = [
    "",
    " Thanks.",
    " It is urgent.",
    " I wrote about this before.",
];

/// What is asked and answered about a topic; `{}` stands for a product.
struct Talk {
    questions: [&'static str; 3],
    answers: [&'static str; 2],
}

/// In the order of [`Topic`].
const TALKS: [Talk; 6] = [
    Talk {
        questions: [
            "where is my order of the {}?",
            "how long does delivery of the {} take?",
            "my parcel with the {} says delivered, but it is not here.",
        ],
        answers: [
            "The {} left our warehouse and arrives within two working days. You can follow \
                 the parcel with the link in your confirmation. If it is not there by then, write \
                 to us again and we send another one.",
            "Delivery of the {} takes three to five working days. You will get a message in \
                 the morning of the day on which it comes.",
        ],
    },
    Talk {
        questions: [
            "how do I send the {} back?",
            "the {} does not fit, can I exchange it?",
            "when do I get my money back for the {}?",
        ],
        answers: [
            "You can return the {} within thirty days. Print the label from your orders page, \
                 put it on the parcel and hand it in at any shop of the carrier. The money is \
                 with you five days after it reaches us.",
            "An exchange of the {} is free. Choose the other size on your orders page; we \
                 send it at once and you have two weeks to return the first.",
        ],
    },
    Talk {
        questions: [
            "why was I charged twice for the {}?",
            "can I have an invoice for the {}?",
            "my voucher was not taken off the price of the {}.",
        ],
        answers: [
            "One of the two charges for the {} is a reservation that your bank releases \
                 within three days. Your invoice shows the amount that counts.",
            "The invoice for the {} is on your orders page under documents. A voucher that \
                 was missed is refunded to the same way of payment.",
        ],
    },
    Talk {
        questions: [
            "I cannot sign in to see my {} order.",
            "how do I change the address for the {}?",
            "please delete my account, I only wanted the {}.",
        ],
        answers: [
            "Reset your password with the link on the sign-in page; it works for one hour. \
                 Your order of the {} stays as it is.",
            "You can change the address of the {} until it is packed: orders, then details. \
                 After that the carrier can redirect it.",
        ],
    },
    Talk {
        questions: [
            "are the {} waterproof?",
            "which size of the {} do I need?",
            "is there a cheaper {}?",
        ],
        answers: [
            "The {} withstands rain but not water under pressure. The care label tells how to \
                 clean it.",
            "For the {} we advise your usual size; between two sizes take the larger. The \
                 table on its page has all measures.",
        ],
    },
    Talk {
        questions: [
            "the app crashes when I open the {} page.",
            "I get an error when paying for the {}.",
            "the pictures of the {} do not load.",
        ],
        answers: [
            "Please update the app and try the {} page again. If it still fails, send us the \
                 version that settings show and what you did last.",
            "Payment for the {} fails when a blocker stops the bank's window. Allow it for \
                 this page, or pay by invoice.",
        ],
    },
];

#[derive(Clone, Copy)]
enum Topic {
    Shipping,
    Returns,
    Billing,
    Account,
    Product,
    Technical,
}

fn topic_of(word: &str) -> Option<Topic> {
    Some(match word {
        "shipping" => Topic::Shipping,
        "returns" => Topic::Returns,
        "billing" => Topic::Billing,
        "account" => Topic::Account,
        "product" => Topic::Product,
        "technical" => Topic::Technical,
        _ => return None,
    })
}

/// What the assistant says when it does not know.
const VAGUE: &str = "I am not sure about that. Perhaps you find something in our help pages.";

fn choose<'a>(random: &mut Random, choices: &[&'a str]) -> &'a str {
    choices[(random.unit() * choices.len() as f64) as usize % choices.len()]
}

/// A question about a topic.
pub(super) fn question(topic: &str, random: &mut Random) -> String {
    let talk = &TALKS[topic_of(topic).unwrap_or(Topic::Product) as usize];
    let (way, end) = (choose(random, &WAYS), choose(random, &ENDS));
    let product = choose(random, &PRODUCTS);
    let asked = choose(random, &talk.questions).replace("{}", product);
    format!("{way}{asked}{end}")
}

/// The answer to a question; a harmed one says little or nothing that helps.
pub(super) fn answer(topic: &str, question: &str, harm: f64) -> String {
    let (Some(topic), false) = (topic_of(topic), harm > 0.5) else {
        return VAGUE.to_owned();
    };
    let product = PRODUCTS.into_iter().find(|p| question.contains(p));
    let answers = TALKS[topic as usize].answers;
    let text = answers[question.len() % answers.len()].replace("{}", product.unwrap_or("order"));
    if harm > 0.0 {
        let first = text.split_inclusive(". ").next().unwrap_or(&text);
        return format!("{} {VAGUE}", first.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_about_what_was_asked() {
        let mut random = Random::new(1, 1);
        for topic in [
            "shipping",
            "returns",
            "billing",
            "account",
            "product",
            "technical",
        ] {
            let question = question(topic, &mut random);
            let product = PRODUCTS.into_iter().find(|p| question.contains(p)).unwrap();
            let said = answer(topic, &question, 0.0);
            assert!(said.contains(product), "{question} {said}");
            let harmed = answer(topic, &question, 0.3);
            assert!(harmed.len() < said.len() + VAGUE.len() && harmed.ends_with(VAGUE));
            assert_eq!(answer(topic, &question, 1.0), VAGUE);
        }
        assert_eq!(answer("unheard", "?", 0.0), VAGUE);
    }
}
