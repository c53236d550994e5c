//! Protocol buffers as bytes: fields one after the other, borrowed, nothing copied.
//!
//! Written by hand since spans go straight from these bytes into columns: generated messages would
//! allocate every text of every span first. The encoding:
//! <https://protobuf.dev/programming-guides/encoding/>.

/// What a field holds, by its wire type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("it ends in the middle of a field")]
    Cut,
    #[error("it has a field of an unknown wire type")]
    WireType,
    #[error("a number in it is longer than 64 bits")]
    Varint,
    #[error("a field in it has another type than it should")]
    Type,
    #[error("a text in it is not UTF-8")]
    Utf8,
    #[error("values in it are nested too deeply")]
    Depth,
}

/// The fields of one message. Stops after the first error.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0u64;
        for (at, byte) in self.rest.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                return Err(Broken::Varint);
            }
            value |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(match self.rest.len() < 10 {
            true => Broken::Cut,
            false => Broken::Varint,
        })
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(Broken::Cut)?;
        self.rest = rest;
        Ok(*chunk)
    }

    fn field(&mut self) -> Result<(u64, Wire<'a>), Broken> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.chunk()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Broken::Cut)?;
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Broken::Cut)?;
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.chunk()?)),
            // Groups (3 and 4) are of no message of OpenTelemetry.
            _ => return Err(Broken::WireType),
        };
        Ok((key >> 3, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Wire<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], Broken> {
        match self {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(Broken::Type),
        }
    }

    pub(crate) fn text(self) -> Result<&'a str, Broken> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Broken::Utf8)
    }

    /// An unsigned number, or the bits of a signed one.
    pub(crate) fn number(self) -> Result<u64, Broken> {
        match self {
            Wire::Varint(value) | Wire::Fixed64(value) => Ok(value),
            Wire::Fixed32(value) => Ok(u64::from(value)),
            Wire::Bytes(_) => Err(Broken::Type),
        }
    }

    pub(crate) fn float(self) -> Result<f64, Broken> {
        match self {
            Wire::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(Broken::Type),
        }
    }
}

/// A message under construction; for the short replies of the protocol.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap_or(0));
    }

    /// Adds a number; 0 is the default and is left out.
    pub(crate) fn number(mut self, field: u64, value: u64) -> Self {
        if value > 0 {
            self.varint(field << 3);
            self.varint(value);
        }
        self
    }

    /// Adds bytes, a text or a message; an empty text is left out.
    pub(crate) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        if !value.is_empty() {
            self.varint(field << 3 | 2);
            self.varint(value.len() as u64);
            self.0.extend_from_slice(value);
        }
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_the_encoding_tells() {
        let sound: [(&[u8], (u64, Wire<'_>)); 6] = [
            (&[0x08, 0x96, 0x01], (1, Wire::Varint(150))),
            (&[0x12, 0x02, b'h', b'i'], (2, Wire::Bytes(b"hi"))),
            (&[0x1d, 1, 0, 0, 0], (3, Wire::Fixed32(1))),
            (&[0x21, 2, 0, 0, 0, 0, 0, 0, 0], (4, Wire::Fixed64(2))),
            (
                &[
                    0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
                ],
                (1, Wire::Varint(u64::MAX)),
            ),
            (&[0x82, 0x01, 0x00], (16, Wire::Bytes(b""))),
        ];
        for (bytes, expected) in sound {
            let read: Vec<_> = Fields::of(bytes).collect();
            assert_eq!(read, [Ok(expected)], "{bytes:?}");
            for cut in 1..bytes.len() {
                assert!(Fields::of(&bytes[..cut]).any(|f| f == Err(Broken::Cut)));
            }
        }
        let broken: [(&[u8], Broken); 4] = [
            (&[0x0b], Broken::WireType),
            (&[0x0e], Broken::WireType),
            (
                &[
                    0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
                ],
                Broken::Varint,
            ),
            (&[0xff; 11], Broken::Varint),
        ];
        for (bytes, error) in broken {
            assert_eq!(Fields::of(bytes).next(), Some(Err(error)), "{bytes:?}");
        }
    }

    #[test]
    fn messages_read_back_as_written() {
        let bytes = Message::default()
            .number(1, 300)
            .bytes(2, b"x")
            .number(3, 0)
            .finish();
        let read: Vec<_> = Fields::of(&bytes).map(|f| f.unwrap()).collect();
        assert_eq!(read, [(1, Wire::Varint(300)), (2, Wire::Bytes(b"x"))]);
    }
}
