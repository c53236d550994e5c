//! Texts of several kinds, the same each time, some with personal data.

const TEXTS: u64 = 40_000;

const SENTENCES: [&str; 8] = [
    "Hello, I ordered a lamp two weeks ago and it has still not arrived.",
    "The assistant was kind, but it could not tell me where my parcel is.",
    "Please change the delivery address, we have moved since.",
    "I was charged twice for the same subscription and would like one payment back.",
    "The app closes as soon as I open the page with my invoices.",
    "Could you explain why the loan was refused although nothing has changed?",
    "Thank you, that solved it!",
    "The colour differs from the picture, can I return it without the box?",
];

/// Kinds of text by name.
pub(crate) fn all() -> [(&'static str, Vec<String>); 5] {
    [
        ("messages", texts(message)),
        ("json", texts(json)),
        ("log_lines", texts(log_line)),
        ("uuids", texts(uuid)),
        ("numbers", texts(numbers)),
    ]
}

fn texts(of: fn(u64) -> String) -> Vec<String> {
    (0..TEXTS).map(of).collect()
}

/// A number that depends on `i` and `salt` alone (SplitMix64).
fn pick(i: u64, salt: u64, below: u64) -> u64 {
    let mut z =
        (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xD134_2543_DE82_EF95);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) % below
}

fn sentence(i: u64, salt: u64) -> &'static str {
    SENTENCES[pick(i, salt, 8) as usize]
}

/// What people write to support; every twentieth says how to reach them.
fn message(i: u64) -> String {
    let mut text: Vec<String> = (0..=pick(i, 1, 4))
        .map(|n| sentence(i, 10 + n).to_owned())
        .collect();
    if pick(i, 2, 3) == 0 {
        text.push(format!(
            "Order {} of {} March.",
            pick(i, 3, 1_000_000),
            1 + pick(i, 4, 31)
        ));
    }
    if pick(i, 5, 20) == 0 {
        text.push(format!(
            "Write to ann.lee{}@example.org or call +49 30 {}.",
            i,
            1_000_000 + pick(i, 6, 8_999_999)
        ));
    }
    text.join(" ")
}

fn json(i: u64) -> String {
    format!(
        r#"{{"customer":{{"segment":"{}","tenure":{},"country":"DE"}},"basket":[{{"sku":"A-{}","price":{}.{:02}}}],"note":"{}"}}"#,
        ["new", "loyal", "lapsed"][pick(i, 1, 3) as usize],
        pick(i, 2, 200),
        pick(i, 3, 10_000),
        pick(i, 4, 400),
        pick(i, 5, 100),
        sentence(i, 6)
    )
}

fn log_line(i: u64) -> String {
    format!(
        "2026-03-{:02}T{:02}:{:02}:{:02}.{:03}Z INFO scorer request={} status=200 took={}ms {}",
        1 + pick(i, 1, 28),
        pick(i, 2, 24),
        pick(i, 3, 60),
        pick(i, 4, 60),
        pick(i, 5, 1000),
        uuid(i),
        pick(i, 6, 90),
        sentence(i, 7)
    )
}

fn uuid(i: u64) -> String {
    let (a, b) = (pick(i, 91, u64::MAX), pick(i, 92, u64::MAX));
    let hex = format!("{a:016x}{b:016x}");
    let part = |from: usize, to: usize| &hex[from..to];
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

fn numbers(i: u64) -> String {
    let all: Vec<String> = (0..8)
        .map(|n| format!("{}.{:03}", pick(i, n, 5_000), pick(i, n + 50, 1000)))
        .collect();
    all.join(", ")
}
