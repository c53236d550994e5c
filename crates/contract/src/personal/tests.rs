use super::*;
use proptest::prelude::*;

fn masked(text: &str) -> String {
    masked_in("note", text)
}

fn masked_in(name: &str, text: &str) -> String {
    let mut counts = Counts::default();
    mask(text, Seeking::new(Kinds::DEFAULT, name), &mut counts).into_owned()
}

#[test]
fn personal_data_becomes_a_mark_and_the_rest_stays() {
    for (text, expected) in [
        // E-mail, plain and in disguise.
        (
            "write to ann@example.org, please",
            "write to [email], please",
        ),
        ("Ann.O-Neil+x@mail.example.co.uk.", "[email]."),
        ("<ann@example.org>;bob@example.com", "<[email]>;[email]"),
        ("mailto:ann%40example.org?x=1", "mailto:[email]?x=1"),
        ("u=1&email=ann%40example.org&v=2", "u=1&email=[email]&v=2"),
        (r#"{"to":"ann\u0040example.org"}"#, r#"{"to":"[email]"}"#),
        ("ann&#64;example.org", "[email]"),
        ("müller@bücher.example", "[email]"),
        ("ann85@example.org 4111111111111111", "[email] [card]"),
        (r"line\nann@example.org", r"line\n[email]"),
        // Cards.
        (
            "card 4111 1111 1111 1111 was declined",
            "card [card] was declined",
        ),
        ("378282246310005", "[card]"),
        ("pay 5555-5555-5555-4444.", "pay [card]."),
        ("order 12 4111111111111111", "order 12 [card]"),
        ("6011111111111117,3530111333300000", "[card],[card]"),
        (r"a\n4111111111111111", r"a\n[card]"),
        // Bank accounts.
        (
            "IBAN DE89 3704 0044 0532 0130 00 thanks",
            "IBAN [iban] thanks",
        ),
        ("GB82WEST12345698765432", "[iban]"),
        ("fr1420041010050500013m02606", "[iban]"),
        // Telephones.
        ("call +49 30 1234567 now", "call [phone] now"),
        ("+1 (212) 555-0123", "[phone]"),
        ("(212) 555-0123 or 212-555-0123", "[phone] or [phone]"),
        ("tel: 01711234567", "tel: [phone]"),
        ("Telefon 030/1234567", "Telefon [phone]"),
        ("phone number is 2125550123", "phone number is [phone]"),
        ("01 23 45 67 89", "[phone]"),
        ("020 7946 0958", "[phone]"),
        ("tel=%2B4930123456", "tel=[phone]"),
        ("0049 30 1234567", "[phone]"),
        // States.
        ("DNI 12345678Z", "DNI [national_id]"),
        ("X1234567L", "[national_id]"),
        ("RSSMRA85T10A562S", "[national_id]"),
        ("2 55 08 14 168 025 38", "[national_id]"),
        ("255081416802538", "[national_id]"),
        ("943 476 5919", "[national_id]"),
        ("86 095 742 719", "[national_id]"),
        ("86095742719", "[national_id]"),
        ("PESEL 44051401359", "PESEL [national_id]"),
        ("811228-9874", "[national_id]"),
        ("131052-308T", "[national_id]"),
        ("15108695088", "[national_id]"),
        ("BSN: 111222333", "BSN: [national_id]"),
        ("85.07.30-033.28", "[national_id]"),
        ("NIF 501964843", "NIF [national_id]"),
        ("756.9217.0769.85", "[national_id]"),
        ("529.982.247-25", "[national_id]"),
        ("cpf 52998224725", "cpf [national_id]"),
        ("2341 2341 2346", "[national_id]"),
        ("11010519491231002X", "[national_id]"),
        ("TCKN 17291716060", "TCKN [national_id]"),
        ("SIN 046 454 286", "SIN [national_id]"),
        ("1237 010180", "[national_id]"),
        ("ssn 123-45-6789", "ssn [national_id]"),
    ] {
        assert_eq!(masked(text), expected, "{text}");
    }
}

#[test]
fn numbers_digests_and_times_are_left_alone() {
    for text in [
        "",
        "the quick brown fox",
        "12",
        "1234567",
        "123456789",
        "1234567890",
        "12345678901",
        "123456789012",
        // Epochs in s, ms, µs, ns.
        "1767225600",
        "1767225600000",
        "1767225600000000",
        "1767225600000000000",
        "2026-01-01T00:00:00.123456Z",
        "2026-01-01 00:00:00",
        "01.02.2026 10:30",
        "01-02-2026 10:30",
        "20260101103000",
        "2026/01/01",
        "10:30:00",
        "2026-01-01/2026-02-01",
        // Digests and identifiers.
        "550e8400-e29b-41d4-a716-446655440000",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "12345678-1234-1234-1234-123456789012",
        "00000000-0000-0000-0000-000000000000",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "sub_5b1f2d0c9a7e4f3b8c6d1e2f3a4b5c6d",
        "00:1B:44:11:3A:B7",
        "192.168.0.1",
        "fe80::1",
        "10.0.19045.3803",
        "v1.2.3-rc4",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn codes_and_parts_of_something_longer_are_left_alone() {
    for text in [
        // Codes of trade: wrong check digits, parts of something longer, marks of a table.
        "4111111111111112",
        "SKU-4111111111111111",
        "4111111111111111-B",
        "x4111111111111111",
        "9780306406157",
        "978-3-16-148410-0",
        "4006381333931",
        "0012345678905",
        "ORD-2026-0001234567",
        "user_4111111111111111",
        "0.4111111111111111",
        "3.141592653589793",
        "-12345.678",
        "1e+10000000",
        "1,234,567.89",
        "123 456 789",
        "100 200 300 400",
        "0.12 0.34 0.56 0.78 0.9",
        "DE00 3704 0044 0532 0130 00",
        "GB82WEST12345698765433",
        "AB12CD34",
        "12345678A",
        "000-12-3456",
        "999-99-9999",
        "123-456-7890",
        "555-0123",
        "+02:00",
        "5 + 12345678",
        "+12",
        "diff +1234567",
        "007",
        "0123456789",
        // Signs that are no addresses.
        "@ann",
        "a@b",
        "ann@",
        "lodash@4.17.21",
        "10 @ 20.50",
        "user@localhost",
        "@angular/core@12.3.4",
        "{\"p\":[0.25,0.75],\"n\":123456789}",
        "ISO 8601, RFC 3339, PEP 484",
        "covid-19",
        "B-52",
        "100%",
        "€ 1.234,56",
        "1/2 cup",
        "#40",
        "%41",
        "lat 52.520008, lon 13.404954",
        "model-2026-01-01-0001",
        "iPhone 12345678",
        "hotel 1234567",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn a_fields_name_says_what_its_numbers_are() {
    assert_eq!(masked_in("input_phone", "01711234567"), "[phone]");
    assert_eq!(masked_in("input_pesel", "44051401359"), "[national_id]");
    assert_eq!(masked_in("customer_tax_id", "52998224725"), "[national_id]");
    assert_eq!(masked_in("input_code", "01711234567"), "01711234567");
    assert_eq!(masked_in("input_code", "44051401359"), "44051401359");
}

#[test]
fn addresses_of_machines_are_found_where_asked_for() {
    let seeking = Seeking::new(Kinds::of(&[PersonalKind::Ip]), "note");
    let mut counts = Counts::default();
    for (text, expected) in [
        ("from 192.168.0.1:80", "from 192.168.0.1:80"),
        ("from 192.168.0.1, again", "from [ip], again"),
        ("at fe80::1 and 2001:db8::8a2e:370:7334", "at [ip] and [ip]"),
        (
            "10:30:00 ann@example.org 1.2.3",
            "10:30:00 ann@example.org 1.2.3",
        ),
    ] {
        assert_eq!(mask(text, seeking, &mut counts), expected);
    }
    assert_eq!(counts.total(), 3);
}

#[test]
fn json_stays_json() {
    for (text, expected) in [
        (
            r#"{"card":4111111111111111,"x":1}"#,
            r#"{"card":"[card]","x":1}"#,
        ),
        (r#"{"a\"b":"4111111111111111"}"#, r#"{"a\"b":"[card]"}"#),
        (
            r#"[4111111111111111,{"ann@example.org":1}]"#,
            r#"["[card]",{"[email]":1}]"#,
        ),
        (
            r#"{"in":"{\"mail\":\"ann@example.org\"}"}"#,
            r#"{"in":"{\"mail\":\"[email]\"}"}"#,
        ),
    ] {
        let got = masked(text);
        assert_eq!(got, expected);
        serde_json::from_str::<serde_json::Value>(&got).unwrap();
    }
}

/// A personal datum of each kind.
fn datum() -> impl Strategy<Value = (&'static str, PersonalKind)> {
    prop::sample::select(vec![
        ("ann.lee@example.org", PersonalKind::Email),
        ("+49 30 12345678", PersonalKind::Phone),
        ("4111 1111 1111 1111", PersonalKind::Card),
        ("5555555555554444", PersonalKind::Card),
        ("DE89370400440532013000", PersonalKind::Iban),
        ("RSSMRA85T10A562S", PersonalKind::NationalId),
    ])
}

proptest! {
    /// Wherever it stands, across every lane of the skimming.
    #[test]
    fn no_place_hides_it((datum, kind) in datum(), before in "[a-zé ,:;\"]{0,80}", after in "[ ,;\"\\)][a-z ]{0,80}") {
        let text = format!("{before} {datum}{after}");
        let mut counts = Counts::default();
        let out = mask(&text, Seeking::new(Kinds::DEFAULT, "x"), &mut counts);
        prop_assert_eq!(out.as_ref(), format!("{before} {}{after}", kind.mark()));
        prop_assert_eq!(counts.total(), 1);
    }

    /// As a value or a name, at any depth, as text within text.
    #[test]
    fn no_nesting_hides_it((datum, kind) in datum(), depth in 0usize..6, escaped in any::<bool>()) {
        let mut value = serde_json::json!({ "note": format!("a\n{datum}"), datum: [datum, 1, null] });
        for _ in 0..depth {
            value = if escaped { serde_json::json!({ "in": value.to_string() }) } else { serde_json::json!([{ "in": value }]) };
        }
        let text = value.to_string();
        let out = masked(&text);
        prop_assert!(!out.contains(datum), "{}", out);
        prop_assert_eq!(out.matches(kind.mark()).count(), 3);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok());
    }

    #[test]
    fn masked_text_has_nothing_left_to_mask(text in "[ -~é]{0,120}") {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once.clone());
    }

    #[test]
    fn any_bytes_are_looked_through(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let all = Kinds::of(&PersonalKind::ALL);
        let mut last = 0;
        find(&bytes, Seeking::new(all, "phone"), |f| {
            assert!(last <= f.from && f.from < f.to && f.to <= bytes.len());
            last = f.to;
        });
    }

    #[test]
    fn digits_alone_rarely_look_personal(n in 0u64..1_000_000_000_000) {
        // No state and no scheme has bare numbers of up to ten digits without a word before them.
        let n = n % 10_000_000_000;
        let n = n.to_string();
        prop_assert_eq!(masked(&n), n);
    }

    #[test]
    fn uuids_and_digests_are_left_alone(bits in any::<u128>()) {
        let uuid = uuid::Uuid::from_u128(bits);
        prop_assert_eq!(masked(&uuid.to_string()), uuid.to_string());
        prop_assert_eq!(masked(&uuid.simple().to_string()), uuid.simple().to_string());
    }
}
